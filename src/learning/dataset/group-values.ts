/** A value that fewer photos share may identify a person. */
export const MIN_SHARED = 20;

/** The value of photos whose own values are rare. */
export const OTHER_VALUE = 'other';

/** Columns with more values identify photos or people, not groups. */
const MAX_VALUES = 24;

/** Longer values are free text. */
const MAX_VALUE_LENGTH = 40;
const FREE_TEXT = /[@\n\r]|https?:|\d{4}[-./]\d/;

/**
 * The photos of each value of a group column that may be published. Values that fewer than 20 photos share are joined as
 * `other`, or left out where these are fewer than 20 as well. Photos with an empty value have none; free text is rare at any
 * count. A column with more than 24 values has no groups.
 * @param values of the photos
 * @returns indices of the photos by value; the values are in natural order
 */
export function publishedGroups(values: readonly string[]): Map<string, number[]> {
  const byValue = new Map<string, number[]>();
  for (const [photo, value] of values.entries()) {
    const photos = byValue.get(value);
    if (photos === undefined) byValue.set(value, [photo]);
    else photos.push(photo);
  }
  byValue.delete('');
  if (byValue.size > MAX_VALUES) return new Map();
  const [published, rare] = [new Map<string, number[]>(), [] as number[]];
  for (const [value, photos] of byValue) {
    const isOther = value.toLowerCase() === OTHER_VALUE;
    if (photos.length >= MIN_SHARED && !isFreeText(value) && !isOther) published.set(value, photos);
    else rare.push(...photos);
  }
  if (rare.length >= MIN_SHARED)
    published.set(
      OTHER_VALUE,
      rare.toSorted((a, b) => a - b),
    );
  const natural = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  return new Map([...published].sort(([a], [b]) => natural(a, b)));
}

function isFreeText(value: string): boolean {
  return value.length > MAX_VALUE_LENGTH || FREE_TEXT.test(value);
}
