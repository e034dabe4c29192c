import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/common/config/config.ts';
import { gateThresholdsOf } from '../../../src/learning/gate/thresholds.ts';

describe('gateThresholdsOf', () => {
  it('takes the tolerances of the settings, and bars only where they are set', () => {
    expect(gateThresholdsOf(readConfig({}))).toEqual({
      confidence: 0.95,
      minPhotos: 100,
      minGroupPhotos: 50,
      tolerances: {
        mae: 0.05,
        decadeAccuracy: 0.01,
        ece: 0.02,
        worstGroupMae: 0.5,
        falsePositiveRate: 0.02,
        latency: 0.25,
      },
      bars: {},
    });
    const settings = { GATE_TOLERANCE_ECE: '0.1', GATE_MAX_LATENCY_MS: '20', GATE_MAX_ECE: '0' };
    const { tolerances, bars } = gateThresholdsOf(readConfig(settings));
    expect(tolerances.ece).toBe(0.1);
    expect(bars).toEqual({ latency: 20, ece: 0 });
  });

  it.each(['GATE_CONFIDENCE', 'GATE_TOLERANCE_ACCURACY', 'GATE_MAX_FALSE_POSITIVES'])(
    'wants %s to be a share',
    (name) => {
      for (const value of ['1.5', '-0.1', 'half'])
        expect(() => readConfig({ [name]: value })).toThrow(name);
    },
  );
});
