import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../../src/learning/networks/architectures.ts';
import {
  nativeTensorFlow as tf,
  withoutTensorFlow,
} from '../../support/models/native-tensorflow.ts';
import { compareRuntimes, randomizeWeights } from './agreement.ts';

describe.skipIf(!tf)(`native TensorFlow${withoutTensorFlow}`, () => {
  it.each([
    { name: 'residual', options: {} },
    { name: 'residual-small', options: { faceOutput: true } },
    { name: 'plain', options: { width: 48, height: 40 } },
  ] as const)('agrees with the exported $name network', async ({ name, options }) => {
    const model = architectureOf(name).build(tf!, options);
    randomizeWeights(tf!, model);
    const { difference, magnitude } = await compareRuntimes(tf!, model, { count: 2 });
    expect(magnitude).toBeGreaterThan(1e-2);
    expect(difference).toBeLessThan(1e-4);
  });
});
