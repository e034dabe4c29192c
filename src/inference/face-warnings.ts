import { roundYears } from '../common/rounding.ts';
import type { FaceQuality } from './faces/face-quality.ts';
import type { AgeEstimate } from './head/age-head.ts';
import type { FaceOutput } from './head/face-output.ts';
import type { WarningCode, WarningDetail } from './preprocess/warnings.ts';

/** When a measurement of a face raises a warning. */
export interface WarningRule {
  code: WarningCode;
  measurement: keyof FaceQuality;
  /** Whether values below or above a threshold raise the warning. */
  raised: 'below' | 'above';
  minor?: number;
  severe?: number;
}

/**
 * Chosen on portraits and on validation photos of UTKFace and FairFace: docs/warnings.md shows the errors with and without
 * each warning.
 */
export const warningRules: readonly WarningRule[] = [
  { code: 'several_faces', measurement: 'rival', raised: 'above', minor: 0.6, severe: 0.85 },
  { code: 'small_face', measurement: 'width', raised: 'below', minor: 48, severe: 28 },
  { code: 'turned_away', measurement: 'turn', raised: 'above', minor: 1.2, severe: 1.5 },
  { code: 'blurred', measurement: 'sharpness', raised: 'below', minor: 0.56, severe: 0.54 },
  { code: 'low_contrast', measurement: 'contrast', raised: 'below', minor: 22, severe: 6 },
  { code: 'cut_off', measurement: 'outside', raised: 'above', minor: 0.2 },
];

/** The warnings about how a photo shows a face: at most one a code, the severe one where both thresholds are passed. */
export function faceWarnings(quality: FaceQuality): WarningDetail[] {
  return warningRules.flatMap((rule) => warningOf(rule, quality[rule.measurement]) ?? []);
}

function warningOf(rule: WarningRule, measured: number): WarningDetail | undefined {
  const value = roundValue(measured);
  for (const severity of ['severe', 'minor'] as const) {
    const threshold = rule[severity];
    if (threshold === undefined) continue;
    if (rule.raised === 'above' ? value > threshold : value < threshold) {
      return { code: rule.code, severity, value, threshold };
    }
  }
  return undefined;
}

/**
 * Warns where the network doubts that its input is a framed face, however the face came to its input.
 * @param probability undefined for a version whose network has no face output
 */
export function unlikelyFaceWarning(
  probability: number | undefined,
  face: FaceOutput | undefined,
): WarningDetail | undefined {
  if (probability === undefined || face === undefined) return undefined;
  const { threshold } = face;
  const value = roundValue(probability);
  if (value >= threshold) return undefined;
  return { code: 'unlikely_face', severity: 'severe', value, threshold };
}

/**
 * Warns where the distribution has peaks so far apart that its mean lies outside its interval. Labels and the mean are
 * completed years, while the interval bounds exact ages, so that half a year is added to the mean. Like decisions, it
 * compares rounded values, so that the answer itself explains it.
 */
export function ambiguityWarning({ mean, interval }: AgeEstimate): WarningDetail | undefined {
  const value = roundYears(roundYears(mean) + 0.5);
  const [low, high] = [roundYears(interval.low), roundYears(interval.high)];
  if (value >= low && value <= high) return undefined;
  return { code: 'ambiguous', severity: 'severe', value, threshold: value < low ? low : high };
}

/** To thousandths. Thresholds apply to the rounded value, so that a warning itself shows why it was raised. */
function roundValue(value: number): number {
  return Math.round(value * 1000) / 1000;
}
