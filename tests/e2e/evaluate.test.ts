import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOf } from '../support/built-program.ts';
import { drawDataset } from '../../src/drawing/draw-dataset.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

let models: ModelFolder;
let data: string;
let cache: string;

beforeAll(async () => {
  models = await createModelFolder();
  await writeTinyArtifact(models);
  await models.writeAlias('production', 1);
  data = await mkdtemp(path.join(tmpdir(), 'evaluate-'));
  cache = await mkdtemp(path.join(tmpdir(), 'cache-'));
  await drawDataset(data, { val: 12, train: 0 });
});
afterAll(async () => {
  await models.remove();
  await rm(data, { recursive: true });
  await rm(cache, { recursive: true });
});

interface Ended {
  code: number;
  printed: string;
  text: string;
}

/** The command as a person runs it. */
function evaluate(...given: string[]): Promise<Ended> {
  const command = [...programOf('scripts/evaluate.ts'), '--cache', cache, ...given];
  const env = { PATH: process.env.PATH, MODEL_REGISTRY: models.root, FACES_DIR: data };
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, printed, text) => {
      resolve({ code: Number(error?.code ?? 0), printed, text });
    });
  });
}

describe('npm run evaluate', () => {
  it('prints the metrics of the version that production serves, and where the report is', async () => {
    const out = path.join(data, 'results');
    const { code, printed, text } = await evaluate('--out', out);
    expect(text).toMatch(/^face-age 1 \(.*, onnxruntime: .*\) on 12 photos$/m);
    expect(text).toContain(`The report is ${path.join(out, 'report.html')}`);
    expect(printed).toMatch(/^photos of +count[^]*\nall +12 /);
    expect(code).toBe(0);
    expect(await readdir(out)).toContain('report.html');
  }, 60_000);

  it('explains in a sentence what is wrong', async () => {
    const { code, printed, text } = await evaluate('--model', '9');
    // The summary of the data set comes first.
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      `${models.root} has no version 9 of face-age; it has 1.`,
    );
    expect(printed).toBe('');
    expect(code).toBe(1);
  }, 60_000);
});
