/** Reasons to doubt an answer. The names are part of the HTTP contract and labels of a metric. */
export const warningCodes = [
  'several_faces',
  'small_face',
  'turned_away',
  'blurred',
  'low_contrast',
  'cut_off',
  'unlikely_face',
  'ambiguous',
  'tiny',
  'far_from_square',
] as const;

export type WarningCode = (typeof warningCodes)[number];

/** A reason to doubt an answer, with the value that raised it. */
export interface WarningDetail {
  code: WarningCode;
  /** Under a severe warning, every decision about an age is `uncertain`. */
  severity: 'minor' | 'severe';
  value: number;
  /** The bound that the value exceeds or falls below. */
  threshold: number;
}
