import { describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlow } from '../../../src/engine/tensorflow-runtime.ts';
import { architectures } from '../../../src/network/architectures/architectures.ts';
import { compareRuntimes, randomizeWeights } from './agreement.ts';

function nativeTensorFlow(): TensorFlow | undefined {
  try {
    return loadTensorFlow();
  } catch {
    return undefined;
  }
}

const tf = nativeTensorFlow();
const reason = tf ? '' : ' (skipped: native TensorFlow is not installed)';

describe.skipIf(!tf)(`native TensorFlow${reason}`, () => {
  it.each([
    { name: 'residual', options: {} },
    { name: 'plain', options: { width: 48, height: 40 } },
  ] as const)('agrees with the exported $name network', async ({ name, options }) => {
    const model = architectures[name](tf!, options);
    randomizeWeights(tf!, model);
    const { difference, magnitude } = await compareRuntimes(tf!, model, { count: 2 });
    expect(magnitude).toBeGreaterThan(1e-2);
    expect(difference).toBeLessThan(1e-4);
  });
});
