import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CheckpointMismatchError,
  TrainingStoppedError,
} from '../../../src/learning/training/checkpoint.ts';
import type { EpochReport } from '../../../src/learning/training/epoch-report.ts';
import type { TrainerOptions } from '../../../src/learning/training/trainer.ts';
import { prepareDrawnTraining, type DrawnTraining } from '../../support/models/drawn-training.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

describe.skipIf(withoutTensorFlow !== '')(`a resumed run${withoutTensorFlow}`, () => {
  let drawn: DrawnTraining;
  beforeAll(async () => {
    drawn = await prepareDrawnTraining(nativeTensorFlow!);
  });
  afterAll(() => drawn.remove());

  it('continues from a checkpoint as if it had not been interrupted', async () => {
    const whole: EpochReport[] = [];
    await drawn.trainer('uninterrupted', whole).run();
    const parts: EpochReport[] = [];
    const stop = new Error('stopped');
    const interrupting = {
      push: (report: EpochReport) => {
        parts.push(report);
        throw stop;
      },
    };
    await expect(drawn.trainer('interrupted', interrupting).run()).rejects.toBe(stop);
    await drawn.trainer('interrupted', parts).run();
    expect(parts.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(parts[2]!.loss).toBeCloseTo(whole[2]!.loss, 3);
    expect(parts[2]!.validationMae).toBeCloseTo(whole[2]!.validationMae, 1);
  });

  it('stops within an epoch on request and continues as if it had not', async () => {
    const whole: EpochReport[] = [];
    await drawn.trainer('not-stopped', whole).run();
    const parts: EpochReport[] = [];
    const stop = new AbortController();
    const onStep: TrainerOptions['onStep'] = ({ epoch, step }) => {
      if (epoch === 2 && step === 5) stop.abort();
    };
    const stopping = drawn.trainer('stopped', parts, {}, { stop: stop.signal, onStep });
    await expect(stopping.run()).rejects.toThrow(TrainingStoppedError);
    expect(parts.map(({ epoch }) => epoch)).toEqual([1]);
    await drawn.trainer('stopped', parts).run();
    expect(parts.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(parts[2]!.loss).toBeCloseTo(whole[2]!.loss, 3);
  });

  it('rejects a checkpoint of a different recipe', async () => {
    const reports: EpochReport[] = [];
    await drawn.trainer('mine', reports, { epochs: 1 }).run();
    const other = drawn.trainer('mine', reports, { epochs: 1, seed: 9 }).run();
    await expect(other).rejects.toThrow(CheckpointMismatchError);
    await expect(other).rejects.toThrow(/a different recipe/);
  });

  it('rejects a checkpoint of different photos', async () => {
    const reports: EpochReport[] = [];
    await drawn.trainer('before', reports, { epochs: 1 }).run();
    const changed = drawn
      .trainer('before', reports, { epochs: 1 }, { fingerprint: 'sha256:changed' })
      .run();
    await expect(changed).rejects.toThrow(CheckpointMismatchError);
    await expect(changed).rejects.toThrow(/different photos/);
  });
});
