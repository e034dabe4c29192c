import type { AgeEstimate } from '../../../inference/head/age-head.ts';
import type { WarningCode, WarningDetail } from '../../../inference/preprocess/warnings.ts';
import { warningCodes } from '../../../inference/preprocess/warnings.ts';
import type { LabeledPhoto } from './labeled-sample.ts';

/** What became of a photo that was answered. */
export interface WarnedPhoto {
  warnings: readonly WarningDetail[];
  /** Years between the mean age and the label; where labels are ranges, between the median's year and its range. */
  error: number;
  /** The error is at most 5 years; where labels are ranges, it is 0. */
  isRight: boolean;
  /** The interval holds the label, or overlaps its range. */
  isCovered: boolean;
  decisions: number;
  wrongDecisions: number;
}

/** The ages and the confidence of the decisions. */
const DECISION_AGES = [18, 21, 25];
const CONFIDENCE = 0.95;
const RIGHT_YEARS = 5;

/** Compares an estimate with a label. A decision about a range is wrong only if it is wrong for all of its ages. */
export function compare(
  { minAge, maxAge }: LabeledPhoto,
  estimate: AgeEstimate,
): Omit<WarnedPhoto, 'warnings'> {
  const { mean, median, interval } = estimate;
  const isExact = minAge === maxAge;
  const year = Math.floor(median);
  const error = isExact ? Math.abs(mean - minAge) : Math.max(0, minAge - year, year - maxAge);
  const decided = { decisions: 0, wrongDecisions: 0 };
  for (const age of DECISION_AGES) {
    const isYes = decisionAt(age, estimate);
    if (isYes === undefined) continue;
    decided.decisions += 1;
    decided.wrongDecisions += Number(isYes ? maxAge < age : minAge >= age);
  }
  return {
    error,
    isRight: isExact ? error <= RIGHT_YEARS : error === 0,
    isCovered: interval.low < maxAge + 1 && interval.high >= minAge,
    ...decided,
  };
}

/** Whether an answer decides yes or no at one of these ages: with confidence, and without a severe warning. */
export function isDecided({
  estimate,
  warnings,
}: {
  estimate: Pick<AgeEstimate, 'probabilityAtLeast'>;
  warnings: readonly WarningDetail[];
}): boolean {
  if (warnings.some(({ severity }) => severity === 'severe')) return false;
  return DECISION_AGES.some((age) => decisionAt(age, estimate) !== undefined);
}

/** Whether the person is at least this old; undefined where that is uncertain. */
function decisionAt(
  age: number,
  estimate: Pick<AgeEstimate, 'probabilityAtLeast'>,
): boolean | undefined {
  const probability = estimate.probabilityAtLeast(age);
  if (probability >= CONFIDENCE) return true;
  return probability <= 1 - CONFIDENCE ? false : undefined;
}

/** Figures of some photos; shares are of the photos, but `wrong` is of the decisions. NaN where there are none. */
export interface GroupFigures {
  photos: number;
  error: number;
  right: number;
  covered: number;
  wrong: number;
  decisions: number;
}

export function figuresOf(photos: readonly WarnedPhoto[]): GroupFigures {
  const mean = (value: (photo: WarnedPhoto) => number): number =>
    photos.reduce((sum, photo) => sum + value(photo), 0) / photos.length;
  const decisions = photos.reduce((sum, photo) => sum + photo.decisions, 0);
  const wrong = photos.reduce((sum, photo) => sum + photo.wrongDecisions, 0);
  return {
    photos: photos.length,
    error: mean(({ error }) => error),
    right: mean(({ isRight }) => Number(isRight)),
    covered: mean(({ isCovered }) => Number(isCovered)),
    wrong: wrong / decisions,
    decisions,
  };
}

/** Photos with and without a warning; those with it at the other severity belong to neither. */
export interface WarningFigures {
  code: WarningCode;
  severity: WarningDetail['severity'];
  share: number;
  with: GroupFigures;
  without: GroupFigures;
}

/** The figures of each warning and severity that occurs. */
export function warningFigures(photos: readonly WarnedPhoto[]): WarningFigures[] {
  return warningCodes.flatMap((code) =>
    (['minor', 'severe'] as const).flatMap((severity) => {
      const warned = photos.filter(({ warnings }) =>
        warnings.some((warning) => warning.code === code && warning.severity === severity),
      );
      if (warned.length === 0) return [];
      const clear = photos.filter(({ warnings }) => !warnings.some((one) => one.code === code));
      const share = warned.length / photos.length;
      return [{ code, severity, share, with: figuresOf(warned), without: figuresOf(clear) }];
    }),
  );
}
