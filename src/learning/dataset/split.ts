import { hash } from 'node:crypto';

/**
 * Whether a photo belongs to a slice that holds about this share of all photos. The answer depends only on the content,
 * so the same photo always falls on the same side; slices with different names are independent of each other.
 * @param contentHash one character per byte
 * @param share from 0 to 1
 */
export function inSlice(slice: string, contentHash: string, share: number): boolean {
  const digest = hash('sha256', Buffer.from(slice + contentHash, 'latin1'), 'buffer');
  return digest.readUInt32BE() / 2 ** 32 < share;
}

export interface SplitShares {
  /** Share, from 0 to 1, of the photos without a named split that go to `val`; the others go to `train`. */
  valShare: number;
  /** Share, from 0 to 1, of the training photos that go to `tuning`, for comparing settings without touching `val`. */
  tuningShare: number;
}

/** @param named the split that the source names, if any */
export function chooseSplit(
  named: string | undefined,
  contentHash: string,
  { valShare, tuningShare }: SplitShares,
): string {
  const split = named ?? (inSlice('val', contentHash, valShare) ? 'val' : 'train');
  return split === 'train' && inSlice('tuning', contentHash, tuningShare) ? 'tuning' : split;
}
