#!/usr/bin/env node
// Starts the command line from its sources where they can be run, else as it was compiled.
const isFromSources = await import('tsx/esm/api').then(
  ({ register }) => register() && true,
  () => false,
);
await import(isFromSources ? './face-age.ts' : '../dist/scripts/face-age.js');
