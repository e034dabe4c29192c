import type { EvaluatedPhoto } from '../evaluated-photo.ts';

/** The column of the data set that a photo belongs to. */
export const SOURCE_COLUMN = 'source';

/** Adds a group column with the name of each photo's data set, instead of one of that name, if there are several. */
export function withSourceColumn<Photo extends Pick<EvaluatedPhoto, 'source' | 'groups'>>(
  photos: readonly Photo[],
): readonly Photo[] {
  const names = new Set(photos.map(({ source }) => source ?? ''));
  names.delete('');
  if (names.size < 2) return photos;
  return photos.map((photo) => ({
    ...photo,
    groups: { ...photo.groups, [SOURCE_COLUMN]: photo.source ?? '' },
  }));
}
