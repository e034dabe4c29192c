import { hash } from 'node:crypto';

/**
 * Whether a photo belongs to a slice of about this share of all photos. By content alone, so the same photo always
 * falls on the same side; slices of different names are independent of each other.
 * @param contentHash one character per byte
 * @param share 0 … 1
 */
export function inSlice(slice: string, contentHash: string, share: number): boolean {
  const digest = hash('sha256', Buffer.from(slice + contentHash, 'latin1'), 'buffer');
  return digest.readUInt32BE() / 2 ** 32 < share;
}

export interface SplitShares {
  /** Share of the photos without a split of their own that go to `val`, 0 … 1; the others go to `train`. */
  valShare: number;
  /** Share of the training photos that go to `tuning`, 0 … 1: to compare settings on, leaving `val` untouched. */
  tuningShare: number;
}

/** @param named by the source, if at all */
export function chooseSplit(
  named: string | undefined,
  contentHash: string,
  { valShare, tuningShare }: SplitShares,
): string {
  const split = named ?? (inSlice('val', contentHash, valShare) ? 'val' : 'train');
  return split === 'train' && inSlice('tuning', contentHash, tuningShare) ? 'tuning' : split;
}
