import { verdictOf } from '../../../src/learning/gate/compare-versions.ts';
import type { Assessment } from '../../../src/learning/gate/decide.ts';
import { effectiveThresholds } from '../../../src/registry/gate/gate-config.ts';
import {
  gateFigureNames,
  type GateComparison,
  type GateFigureName,
} from '../../../src/registry/gate/gate-result.ts';
import { exampleGate } from './example-gate.ts';

export const thresholds = effectiveThresholds(undefined);
export const figures = exampleGate().figures.champion!;

/** A loss and the half-width of its interval. */
export type Losses = Partial<Record<GateFigureName, [loss: number, half: number]>>;

export function comparisonsOf(losses: Losses, of: readonly GateFigureName[] = gateFigureNames) {
  return of.map((figure): GateComparison => {
    const [loss, half] = losses[figure] ?? [0, 0];
    const [interval, tolerance] = [
      { low: loss - half, high: loss + half },
      thresholds.tolerances[figure],
    ];
    const verdict = verdictOf(figure, loss, { interval, tolerance });
    return { figure, loss, interval, tolerance, verdict };
  });
}

export function assessment(losses: Losses, overrides: Partial<Assessment> = {}): Assessment {
  const comparisons = comparisonsOf(losses);
  return {
    photos: 500,
    labels: { exact: 500, ranges: 500 },
    unanswered: { of: 500, champion: 0, challenger: 0 },
    champion: figures,
    challenger: figures,
    comparisons,
    thresholds,
    ...overrides,
  };
}

export const withBars = (bars: Assessment['thresholds']['bars']) => ({
  thresholds: { ...thresholds, bars },
});
