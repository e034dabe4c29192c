import type { ArmFigures, Differences } from './batch-times.ts';
import type { ComparisonSlot } from './comparison-window.ts';
import { ONE_SIDED_95, wilsonLowerBound } from '../../common/statistics.ts';

/** Bounds that a canary must keep. */
export interface CanaryBounds {
  /** Number of photos below which nothing is evaluated. */
  minPhotos: number;
  /** Largest excess of its failure rate over production's, in the lower confidence bound. */
  maxErrorRate: number;
  /** Largest ratio of its inference time to production's for batches of the same sizes. */
  maxLatencyRatio: number;
  /** Largest mean difference of its ages from production's in years, in the lower confidence bound. */
  maxDifferenceYears: number;
}

/** Why a canary must end. */
export interface CanaryVerdict {
  cause: 'errors' | 'latency' | 'difference';
  /** A sentence for people. */
  reason: string;
}

/** Allowed on top of the ratio, which alone says little about networks that take a millisecond. */
const LATENCY_SLACK_MS = 10;

/** Compares a canary with production; undefined where it breaks no bound. */
export function evaluateCanary(
  { canary, production, differences }: ComparisonSlot,
  bounds: CanaryBounds,
): CanaryVerdict | undefined {
  return (
    evaluateErrors(canary, production, bounds) ??
    evaluateLatency(canary, production, bounds) ??
    evaluateDifferences(differences, bounds)
  );
}

function evaluateErrors(
  canary: ArmFigures,
  production: ArmFigures,
  { minPhotos, maxErrorRate }: CanaryBounds,
): CanaryVerdict | undefined {
  if (canary.photos < minPhotos) return undefined;
  const usual = production.photos === 0 ? 0 : production.failed / production.photos;
  if (wilsonLowerBound(canary.failed, canary.photos) - usual <= maxErrorRate) return undefined;
  const reason = `It could not answer ${canary.failed} of ${canary.photos} photos, production ${production.failed} of ${production.photos}.`;
  return { cause: 'errors', reason };
}

function evaluateLatency(
  canary: ArmFigures,
  production: ArmFigures,
  { minPhotos, maxLatencyRatio }: CanaryBounds,
): CanaryVerdict | undefined {
  if (Math.min(canary.answered, production.answered) < minPhotos) return undefined;
  const line = production.times.line();
  const { meanMs, errorMs } = canary.times.excess(line, maxLatencyRatio);
  if (meanMs - ONE_SIDED_95 * errorMs <= LATENCY_SLACK_MS) return undefined;
  const itsMs = canary.times.meanMs;
  const usualMs = line.perBatchMs + line.perPhotoMs * canary.times.meanSize;
  const reason = `Its inference takes ${itsMs.toFixed(1)} ms on average, that of production ${usualMs.toFixed(1)} ms for batches of the same sizes.`;
  return { cause: 'latency', reason };
}

function evaluateDifferences(
  differences: Differences,
  { minPhotos, maxDifferenceYears }: CanaryBounds,
): CanaryVerdict | undefined {
  const { count, mean, standardError } = differences;
  if (count < minPhotos || mean - ONE_SIDED_95 * standardError <= maxDifferenceYears) {
    return undefined;
  }
  const reason = `Its ages differ from those of production by ${mean.toFixed(1)} years on average of ${count} photos.`;
  return { cause: 'difference', reason };
}
