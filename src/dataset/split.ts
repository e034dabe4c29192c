import { inSlice } from './hash-split.ts';

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
