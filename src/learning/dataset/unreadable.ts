/** A photo that was skipped, and why. */
export interface UnreadablePhoto {
  key: string;
  reason: string;
}

/** How many photos may be unreadable: a count, or a share of all (0 … 1). */
export type UnreadableLimit = { count: number } | { share: number };

/** Too many photos cannot be read; the message names the first and says what to do. */
export class UnreadablePhotosError extends Error {
  override readonly name = 'UnreadablePhotosError';
}

const SHOWN = 5;

/** Reads `12` or `0.5%`; undefined for anything else. */
export function parseUnreadableLimit(text: string): UnreadableLimit | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (percent === '%') return value <= 100 ? { share: value / 100 } : undefined;
  return Number.isInteger(value) ? { count: value } : undefined;
}

/** @throws UnreadablePhotosError where the limit is passed, or no photo is left */
export function checkUnreadable(
  unreadable: readonly UnreadablePhoto[],
  photos: number,
  limit: UnreadableLimit | undefined,
): void {
  const allowed =
    limit === undefined ? photos : 'count' in limit ? limit.count : limit.share * photos;
  if (unreadable.length <= allowed && unreadable.length < photos) return;
  const shown = unreadable.slice(0, SHOWN).map(({ key, reason }) => `\n  ${key}: ${reason}`);
  const more = unreadable.length > SHOWN ? `\n  and ${unreadable.length - SHOWN} more` : '';
  throw new UnreadablePhotosError(
    `${unreadable.length} of ${photos} photos cannot be read: repair them, take them out of the data set, ` +
      `or allow more by --max-unreadable${shown.join('')}${more}`,
  );
}
