import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../../../src/learning/training/checkpoint.ts';
import { partialOf, removeAbandoned } from '../../../src/registry/partial-folder.ts';

const checkpoint: Checkpoint = {
  recipe: '{"seed":1}',
  fingerprint: 'sha256:0f',
  parent: 3,
  optimizerSteps: 99,
  averageUpdates: 99,
  progress: {
    epochsDone: 3,
    stepsDone: 7,
    lossSum: 35.5,
    trainedSeconds: 12.5,
    best: { epoch: 2, mae: 5.25 },
    history: [],
  },
  arrays: [[Float32Array.of(1, 2, 3), Float32Array.of(-0.5)], [], [Float32Array.of(1e-30)]],
};

describe('checkpoint', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('round-trips exactly and leaves no other file', async () => {
    const file = path.join(folder, 'run');
    await writeCheckpoint(file, checkpoint);
    expect(await readCheckpoint(file)).toEqual(checkpoint);
    expect(await readdir(folder)).toEqual(['run']);
  });

  it('leaves the earlier one and no other file where it cannot be written', async () => {
    const file = path.join(folder, 'run');
    await mkdir(file);
    await expect(writeCheckpoint(file, checkpoint)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(folder)).toEqual(['run']);
  });

  it('of a process that was killed while writing is removed, and nothing else', async () => {
    const partial = path.basename(partialOf(path.join(folder, 'run.checkpoint')));
    const [ended, own] = [String(2 ** 22 + 1), String(process.pid)];
    await writeFile(path.join(folder, partial.replace(`.${own}.`, `.${ended}.`)), 'half');
    await writeFile(path.join(folder, partial), 'being written');
    await writeCheckpoint(path.join(folder, 'run.checkpoint'), checkpoint);
    await removeAbandoned(folder);
    expect((await readdir(folder)).toSorted()).toEqual([partial, 'run.checkpoint'].toSorted());
  });

  it('is undefined if there is no file', async () => {
    expect(await readCheckpoint(path.join(folder, 'none'))).toBeUndefined();
  });

  it('rejects a truncated file', async () => {
    const file = path.join(folder, 'run');
    await writeCheckpoint(file, checkpoint);
    await truncate(file, 20);
    await expect(readCheckpoint(file)).rejects.toThrow();
  });
});
