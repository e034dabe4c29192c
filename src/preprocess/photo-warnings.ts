import type { GreyStatistics } from './grey-statistics.ts';
import type { PhotoFacts } from './spec.ts';
import type { Size } from './size.ts';

/** What makes an answer doubtful; the names are part of the HTTP contract. */
export type PhotoWarning = 'tiny' | 'low_contrast' | 'far_from_square';

/** Standard deviation in grey levels. */
const LOW_CONTRAST_STD = 12;
/** The cover crop leaves less than half of such a photo. */
const FAR_FROM_SQUARE_RATIO = 2;

/**
 * @param grey of the network's input
 * @param input what the network takes: a photo below it had to be enlarged
 */
export function photoWarnings(
  photo: PhotoFacts,
  grey: GreyStatistics,
  input: Size,
): PhotoWarning[] {
  const warnings: PhotoWarning[] = [];
  if (photo.width < input.width || photo.height < input.height) warnings.push('tiny');
  if (grey.std < LOW_CONTRAST_STD) warnings.push('low_contrast');
  const ratio = Math.max(photo.width / photo.height, photo.height / photo.width);
  if (ratio > FAR_FROM_SQUARE_RATIO) warnings.push('far_from_square');
  return warnings;
}
