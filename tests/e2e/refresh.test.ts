import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOf } from '../support/built-program.ts';
import { drawDataset } from '../../src/drawing/draw-dataset.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

let folder: ModelFolder;
let work: string;
beforeAll(async () => {
  folder = await createModelFolder();
  await writeTinyArtifact(folder, 1);
  work = await mkdtemp(path.join(tmpdir(), 'refresh-'));
  await drawDataset(path.join(work, 'faces'), { train: 4, val: 44 });
});
afterAll(async () => {
  await folder.remove();
  await rm(work, { recursive: true });
});

function refresh(...given: string[]): Promise<{ code: number; printed: string; text: string }> {
  const args = [...programOf('scripts/refresh.ts'), ...given];
  const env = { PATH: process.env.PATH, MODEL_REGISTRY: folder.root };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, printed, text) => {
      resolve({ code: Number(error?.code ?? 0), printed, text });
    });
  });
}

describe('npm run refresh', () => {
  it('reports what is missing', { timeout: 60_000 }, async () => {
    const [withoutModel, withoutData] = await Promise.all([refresh('--data', work), refresh('1')]);
    expect(withoutModel.code).toBe(2);
    expect(withoutModel.text).toMatch(/missing required argument 'model'/);
    expect(withoutData.code).toBe(2);
    expect(withoutData.text).toMatch(/--data: give a folder or s3:/);
  });

  it(
    'refuses photos that the version was not trained with, and publishes nothing',
    { timeout: 60_000 },
    async () => {
      const { code, text } = await refresh('1', '--data', path.join(work, 'faces'));
      expect(code).toBe(1);
      expect(text).toContain('is not the dataset that face-age 1 was trained on (unknown)');
      expect(await new FileRegistry(folder.root).listVersions('face-age')).toEqual([1]);
    },
  );

  it('publishes a version whose photos a server watches', { timeout: 60_000 }, async () => {
    const cache = ['--cache', path.join(work, 'cache')];
    const data = ['--data', path.join(work, 'faces'), '--new-data'];
    const { code, printed, text } = await refresh('1', ...data, ...cache, '--json');
    expect({ code, text: text.replaceAll(/^photos .*\n/gm, '') }).toEqual({ code: 0, text: '' });
    expect(JSON.parse(printed)).toMatchObject({ version: 2, parent: 1, metrics: { count: 44 } });
    await folder.writeAlias('production', 2);
    const service = startService({ MODEL_REGISTRY: folder.root, ENGINE: 'onnxruntime' });
    try {
      const { address } = await service.untilLogged('listening');
      await service.untilLogged('model serves');
      const response = await fetch(`${String(address)}/v1/models`);
      expect(await response.json()).toMatchObject({
        drift: { version: 2, reason: null, threshold: 0.25, window: { photos: 0, size: 1000 } },
      });
    } finally {
      service.child.kill('SIGKILL');
    }
  });
});
