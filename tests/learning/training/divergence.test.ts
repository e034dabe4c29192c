import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  learnedNothing,
  requireFinite,
  TrainingDivergedError,
} from '../../../src/learning/training/divergence.ts';
import { prepareDrawnTraining, type DrawnTraining } from '../../support/models/drawn-training.ts';
import { nativeTensorFlow, withoutTensorFlow } from '../../support/models/native-tensorflow.ts';

const progress = { epochsDone: 1, stepsDone: 4, learningRate: 0.001 };

describe('a step', () => {
  it('may go on while the loss and its gradients are numbers', () => {
    const step = { loss: 1e30, gradients: [Float32Array.of(0, -3)] };
    expect(() => requireFinite(step, progress)).not.toThrow();
  });

  it.each([
    [Number.NaN, 0],
    [Infinity, 0],
    [1, Number.NaN],
  ])('ends the run where they are not: %s, %s', (loss, gradient) => {
    const step = { loss, gradients: [Float32Array.of(0, gradient)] };
    expect(() => requireFinite(step, progress)).toThrow(TrainingDivergedError);
    expect(() => requireFinite(step, progress)).toThrow(
      /diverged in step 5 of epoch 2, at a learning rate of 0\.0010: .*lower learningRate\.peak/,
    );
  });
});

describe('a finished run', () => {
  const validation = {
    count: 3,
    minAges: Uint8Array.of(10, 20, 60),
    maxAges: Uint8Array.of(10, 29, 69),
  };

  it('is warned about where one answer for all photos is as good', () => {
    expect(learnedNothing(16.67, validation)).toMatch(
      /learned nothing: .* MAE of 16\.67 years is no better than that of the answer 20 to every photo \(16\.67/,
    );
    expect(learnedNothing(15, validation)).toBeUndefined();
  });
});

describe.skipIf(withoutTensorFlow !== '')(`a run${withoutTensorFlow}`, () => {
  let drawn: DrawnTraining;
  beforeAll(async () => {
    drawn = await prepareDrawnTraining(nativeTensorFlow!);
  });
  afterAll(() => drawn.remove());

  it('with an absurd learning rate ends and says why', async () => {
    const learningRate = { peak: 1e30, warmUpShare: 0.01, finalShare: 1 };
    const run = drawn.trainer('absurd', [], { learningRate }).run();
    await expect(run).rejects.toThrow(/training diverged in step \d+ of epoch/);
  });
});
