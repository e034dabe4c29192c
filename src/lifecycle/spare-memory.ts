import { availableMemory } from 'node:process';
import type { Manifest } from '../registry/manifest.ts';

/** A loaded network takes several times its files: sessions of each instance, their arenas, a copy while it loads. */
const MEMORY_PER_FILE_BYTE = 8;
const RESERVE_BYTES = 256 * 1024 * 1024;

/**
 * Whether this process has room for one more version beside the one that serves: memory that the system or the
 * container still grants, less a reserve for requests.
 * @param availableBytes by default what Node tells of the process, container limits included
 */
export function hasRoomFor(
  { files }: Pick<Manifest, 'files'>,
  availableBytes: number = availableMemory(),
): boolean {
  const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return availableBytes > fileBytes * MEMORY_PER_FILE_BYTE + RESERVE_BYTES;
}
