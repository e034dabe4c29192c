import { describe, expect, it } from 'vitest';
import { networkSizeOf } from '../../../src/learning/onnx/network-size.ts';
import { softmaxNetwork } from '../../support/models/softmax-network.ts';

describe('networkSizeOf', () => {
  it('counts weights and multiply-accumulates', () => {
    const { modelTopology, weightSpecs: weights } = softmaxNetwork(4, 3);
    const modelJson = JSON.stringify({ modelTopology, weightsManifest: [{ weights }] });
    expect(networkSizeOf(modelJson)).toEqual({
      parameters: 16 * 3 + 3,
      multiplyAccumulates: 16 * 3,
    });
  });

  it('rejects JSON that is not a network', () => {
    expect(() => networkSizeOf('{}')).toThrow(/modelTopology/);
  });
});
