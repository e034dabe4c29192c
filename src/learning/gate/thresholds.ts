import type { Config } from '../../common/config/config.ts';
import {
  gateFigureNames,
  type GateFigureName,
  type GateThresholds,
} from '../../registry/gate-result.ts';

/** The settings that decide about a figure. */
export const gateSettings = {
  mae: { tolerance: 'GATE_TOLERANCE_MAE_YEARS', bar: 'GATE_MAX_MAE_YEARS' },
  decadeAccuracy: { tolerance: 'GATE_TOLERANCE_ACCURACY', bar: 'GATE_MIN_ACCURACY' },
  ece: { tolerance: 'GATE_TOLERANCE_ECE', bar: 'GATE_MAX_ECE' },
  worstGroupMae: {
    tolerance: 'GATE_TOLERANCE_WORST_GROUP_YEARS',
    bar: 'GATE_MAX_WORST_GROUP_YEARS',
  },
  falsePositiveRate: {
    tolerance: 'GATE_TOLERANCE_FALSE_POSITIVES',
    bar: 'GATE_MAX_FALSE_POSITIVES',
  },
  latency: { tolerance: 'GATE_TOLERANCE_LATENCY', bar: 'GATE_MAX_LATENCY_MS' },
} as const satisfies Record<GateFigureName, { tolerance: keyof Config; bar: keyof Config }>;

/** What the settings allow. */
export function gateThresholdsOf(config: Config): GateThresholds {
  const tolerances = gateFigureNames.map((name) => [name, config[gateSettings[name].tolerance]]);
  const bars = gateFigureNames.flatMap((name) => {
    const bar = config[gateSettings[name].bar];
    return bar === undefined ? [] : [[name, bar]];
  });
  return {
    confidence: config.GATE_CONFIDENCE,
    minPhotos: config.GATE_MIN_PHOTOS,
    minGroupPhotos: config.GATE_MIN_GROUP_PHOTOS,
    tolerances: Object.fromEntries(tolerances) as GateThresholds['tolerances'],
    bars: Object.fromEntries(bars) as GateThresholds['bars'],
  };
}
