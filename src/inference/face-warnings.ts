import type { FaceQuality } from './faces/face-quality.ts';
import type { AgeEstimate } from './head/age-head.ts';
import { photoWarnings, type GrayStatistics } from './preprocess/photo-warnings.ts';
import type { PhotoFacts, Size } from './preprocess/spec.ts';
import type { WarningDetail } from './warnings.ts';
export function faceWarnings(_quality: FaceQuality): WarningDetail[] {
  return [];
}
export function ambiguityWarning({
  mean,
  interval,
}: Pick<AgeEstimate, 'mean' | 'interval'>): WarningDetail | undefined {
  if (mean + 0.5 >= interval.low && mean + 0.5 <= interval.high) return undefined;
  return {
    code: 'ambiguous',
    severity: 'severe',
    value: mean + 0.5,
    threshold: mean + 0.5 < interval.low ? interval.low : interval.high,
  };
}
export function photoWarningDetails(
  photo: PhotoFacts,
  gray: GrayStatistics,
  input: Size,
): WarningDetail[] {
  return photoWarnings(photo, gray, input).map((code) => ({
    code,
    severity: 'minor',
    value: 0,
    threshold: 0,
  }));
}
