/** A photo that was skipped, and the reason. */
export interface UnreadablePhoto {
  key: string;
  reason: string;
}

/** How many photos may be unreadable: a count, or a share of all photos from 0 to 1. */
export type UnreadableLimit = { count: number } | { share: number };

/** Too many photos cannot be read; the message lists the first ones and says what to do. */
export class UnreadablePhotosError extends Error {
  override readonly name = 'UnreadablePhotosError';
}

const MAX_LISTED = 5;

/** Parses `12` or `0.5%`; returns undefined for anything else. */
export function parseUnreadableLimit(text: string): UnreadableLimit | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (percent === '%') return value <= 100 ? { share: value / 100 } : undefined;
  return Number.isInteger(value) ? { count: value } : undefined;
}

/** @throws UnreadablePhotosError if the limit is exceeded or no photo is left */
export function checkUnreadable(
  unreadable: readonly UnreadablePhoto[],
  photos: number,
  limit: UnreadableLimit | undefined,
): void {
  const allowed =
    limit === undefined ? photos : 'count' in limit ? limit.count : limit.share * photos;
  if (unreadable.length <= allowed && unreadable.length < photos) return;
  const listed = unreadable.slice(0, MAX_LISTED).map(({ key, reason }) => `\n  ${key}: ${reason}`);
  const more =
    unreadable.length > MAX_LISTED ? `\n  and ${unreadable.length - MAX_LISTED} more` : '';
  throw new UnreadablePhotosError(
    `${unreadable.length} of ${photos} photos cannot be read: repair them, remove them from the dataset, ` +
      `or allow more with --max-unreadable${listed.join('')}${more}`,
  );
}
