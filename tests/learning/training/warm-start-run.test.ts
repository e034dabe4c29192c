import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointMismatchError } from '../../../src/learning/training/checkpoint.ts';
import type { EpochReport } from '../../../src/learning/training/epoch-report.ts';
import { modelFiles } from '../../../src/learning/training/publication/write-trained.ts';
import {
  readSavedWeights,
  WarmStartError,
  type SavedWeight,
} from '../../../src/learning/training/warm-start.ts';
import { prepareDrawnTraining, type DrawnTraining } from '../../support/models/drawn-training.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

const limits = { timeout: 240_000 };

describe.skipIf(withoutTensorFlow !== '')(`a warm start${withoutTensorFlow}`, limits, () => {
  const tf = nativeTensorFlow!;
  let drawn: DrawnTraining;
  let start: SavedWeight[];
  const parentReports: EpochReport[] = [];
  beforeAll(async () => {
    drawn = await prepareDrawnTraining(tf);
    const { model } = await drawn.trainer('parent', parentReports).run();
    const folder = await mkdtemp(path.join(tmpdir(), 'parent-'));
    for (const [name, bytes] of await modelFiles(tf, model, 'age-distribution'))
      await writeFile(path.join(folder, name), bytes);
    start = await readSavedWeights(folder);
    await rm(folder, { recursive: true });
  }, limits.timeout);
  afterAll(() => drawn.remove());

  it('starts from the quality of the parent version', async () => {
    const reports: EpochReport[] = [];
    const shortRun = { epochs: 1, learningRate: { peak: 1e-6, warmUpShare: 0, finalShare: 1 } };
    await drawn.trainer('child', reports, shortRun, { start, parent: 1 }).run();
    const best = Math.min(...parentReports.map(({ validationMae }) => validationMae));
    expect(reports[0]!.validationMae).toBeCloseTo(best, 0);
    expect(reports[0]!.loss).toBeLessThan(parentReports[0]!.loss - 0.3);
  });

  it('is rejected for a different network', () => {
    const other = { network: { stemChannels: 4, stages: [{ channels: 8, blocks: 1 }] } };
    expect(() => drawn.trainer('other', [], other, { start })).toThrow(WarmStartError);
  });

  it('does not resume from the checkpoint of a run with a different parent', async () => {
    const once = { epochs: 1 };
    await drawn.trainer('from-1', [], once, { start, parent: 1 }).run();
    const others = [
      drawn.trainer('from-1', [], once, { start, parent: 2 }),
      drawn.trainer('from-1', [], once),
    ];
    for (const other of others) {
      const run = other.run();
      await expect(run).rejects.toThrow(CheckpointMismatchError);
      await expect(run).rejects.toThrow(/a run that started from version 1/);
    }
  });
});
