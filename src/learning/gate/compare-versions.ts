import {
  gateFigureNames,
  type GateComparison,
  type GateFigureName,
  type GateThresholds,
} from '../../registry/gate/gate-result.ts';
import type { Interval } from '../evaluation/metrics-file.ts';
import type { GatedAnswers } from './gated-answers.ts';
import { pairedBootstrap, weightedFigures } from './weighted-figures.ts';

export const GATE_SEED = 1;
export const GATE_RESAMPLES = 2000;

type Losses = Record<GateFigureName, number>;

/**
 * Compares each figure of the challenger with the champion's: how much worse it is, and whether the difference is
 * significant. Figures that one of the versions lacks are left out; without a champion the result is empty.
 */
export function compareVersions(
  { photos, groups, champion, challenger }: GatedAnswers,
  { tolerances, confidence }: Pick<GateThresholds, 'tolerances' | 'confidence'>,
): GateComparison[] {
  if (champion === undefined) return [];
  const [old, fresh] = [weightedFigures(champion, groups), weightedFigures(challenger, groups)];
  const lossesAt = (weights: Uint16Array) => lossesBetween(old(weights), fresh(weights));
  const losses = lossesAt(new Uint16Array(photos).fill(1));
  const options = { resamples: GATE_RESAMPLES, seed: GATE_SEED, confidence };
  const intervals = pairedBootstrap(photos, lossesAt, options);
  return gateFigureNames
    .filter((figure) => !isNaN(losses[figure]))
    .map((figure) => {
      const [loss, interval, tolerance] = [losses[figure], intervals[figure], tolerances[figure]];
      return {
        figure,
        loss,
        interval,
        tolerance,
        verdict: verdictOf(figure, loss, { interval, tolerance }),
      };
    });
}

function lossesBetween(old: Losses, fresh: Losses): Losses {
  return {
    mae: fresh.mae - old.mae,
    decadeAccuracy: old.decadeAccuracy - fresh.decadeAccuracy,
    ece: fresh.ece - old.ece,
    groupAccuracy: old.groupAccuracy - fresh.groupAccuracy,
    worstGroupMae: fresh.worstGroupMae - old.worstGroupMae,
    falsePositiveRate: fresh.falsePositiveRate - old.falsePositiveRate,
    latency: fresh.latency / old.latency - 1,
  };
}

/**
 * See GateComparison. A latency must improve by more than its tolerance to count as better, because the latencies of
 * two instances of one network differ slightly but consistently.
 */
export function verdictOf(
  figure: GateFigureName,
  loss: number,
  { interval, tolerance }: { interval: Interval; tolerance: number },
): GateComparison['verdict'] {
  if (interval.low > tolerance) return 'worse';
  if (loss > tolerance) return 'doubtful';
  const gain = figure === 'latency' ? tolerance : 0;
  return interval.high < -gain ? 'better' : 'equal';
}
