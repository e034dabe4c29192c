#!/usr/bin/env node
// Starts the command line from its sources where they and tsx are installed, else as it was compiled.
import { existsSync } from 'node:fs';
import path from 'node:path';

const hasSources = existsSync(path.join(import.meta.dirname, 'face-age.ts'));
const isFromSources =
  hasSources &&
  (await import('tsx/esm/api').then(
    ({ register }) => register() && true,
    () => false,
  ));
await import(isFromSources ? './face-age.ts' : '../dist/scripts/face-age.js');
