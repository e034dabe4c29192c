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
