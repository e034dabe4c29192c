import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe } from 'vitest';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { describeRaces } from './races.ts';

const root = mkdtempSync(path.join(tmpdir(), 'face-age-races-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a registry in a folder that two processes change', () => {
  describeRaces(() => ({
    registry: new FileRegistry(root),
    environment: { PATH: process.env.PATH, HOME: root, MODEL_REGISTRY: root },
  }));
});
