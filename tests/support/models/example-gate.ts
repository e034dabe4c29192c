import { gateFigureNames, type GateResult } from '../../../src/registry/gate/gate-result.ts';

/** The result of a gate that compares version 2 with version 1. */
export function exampleGate(overrides: Partial<GateResult> = {}): GateResult {
  const figures = {
    mae: 5,
    decadeAccuracy: 0.5,
    ece: 0.03,
    groupAccuracy: null,
    worstGroup: { name: 'ages 80-89', photos: 60, mae: 9 },
    falsePositives: { errors: 10, of: 100, rate: 0.1 },
    latencyMs: { median: 4, low: 3.5, high: 5 },
  };
  return {
    schemaVersion: 1,
    id: '20260102t030405z-0a1b2c',
    createdAt: '2026-01-02T03:04:05.000Z',
    by: 'tests',
    model: 'face-age',
    alias: 'production',
    champion: 1,
    challenger: 2,
    set: { name: 'faces', split: 'val', fingerprint: 'f'.repeat(64), photos: 200, unreadable: 0 },
    thresholds: {
      confidence: 0.95,
      minPhotos: 100,
      minGroupPhotos: 50,
      unansweredTolerance: 0.01,
      tolerances: {
        mae: 0.05,
        decadeAccuracy: 0.01,
        ece: 0.02,
        groupAccuracy: 0.01,
        worstGroupMae: 0.5,
        falsePositiveRate: 0.02,
        latency: 0.25,
      },
      bars: {},
    },
    method: { seed: 1, resamples: 2000, engine: 'onnxruntime' },
    figures: { champion: figures, challenger: { ...figures, mae: 4.5 } },
    comparisons: gateFigureNames.map((figure) => ({
      figure,
      loss: figure === 'mae' ? -0.5 : 0,
      interval: figure === 'mae' ? { low: -0.7, high: -0.3 } : { low: 0, high: 0 },
      tolerance: 0.05,
      verdict: figure === 'mae' ? 'better' : 'equal',
    })),
    outcome: 'promote',
    reasons: ['MAE 5.00 → 4.50 years: better'],
    notes: [],
    unverified: [],
    forced: null,
    promoted: true,
    ...overrides,
  };
}
