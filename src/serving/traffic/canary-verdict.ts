import type { ArmFigures, Differences } from './batch-times.ts';
import type { ComparisonSlot } from './comparison-window.ts';
import { ONE_SIDED_95, wilsonLowerBound } from '../../common/statistics.ts';

/** What a canary may not do. */
export interface CanaryBounds {
  /** Before it has so many photos nothing is said. */
  minPhotos: number;
  /** Share by which it may surely fail more often than production. */
  maxErrorRate: number;
  /** Its time of inference against what production takes for batches of the same sizes. */
  maxLatencyRatio: number;
  /** Years by which its ages may surely differ from those of production, on average. */
  maxDifferenceYears: number;
}

/** Why a canary has to stop. */
export interface CanaryVerdict {
  cause: 'errors' | 'latency' | 'difference';
  /** For people. */
  reason: string;
}

/** A ratio alone says little of networks that take a millisecond. */
const LATENCY_SLACK_MS = 10;

/** Holds a canary against production; undefined where no bound is broken. */
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
