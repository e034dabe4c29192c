import type { Size } from '../../preprocess/spec.ts';
import { itemOf, readHeifItems, statedSize, turned } from '../../preprocess/format/heif-items.ts';
import { type CodedPicture, costOf } from './coded-picture.ts';

/** Planes of the decoder and its notes, the picture in RGB, and its copies on the way to the pipeline. */
const BYTES_PER_PIXEL = 14;
/** The compiled decoder and its first memory. */
const DECODER_BYTES = 32_000_000;
/** Copies of the file in the decoder's memory. */
const FILE_COPIES = 2;
const ALPHA_SHARE = 0.4;

/**
 * Reads the header of a HEIC photo: the primary picture. The decoder goes by the size in the coded data; where that is larger than
 * what the boxes state, the photo takes more than its estimate and is stopped.
 * @throws DamagedHeaderError or RangeError
 */
export function readHeicHeader(file: Buffer): CodedPicture {
  const all = readHeifItems(file);
  const primary = itemOf(all, all.primary);
  const stated: Size = statedSize(primary);
  const alphas = all.auxiliaries.get(all.primary)?.length ?? 0;
  const decoded = stated.width * stated.height * (1 + ALPHA_SHARE * alphas);
  const cost = costOf(decoded, file.length, {
    bytesPerPixel: BYTES_PER_PIXEL,
    extraBytes: DECODER_BYTES + FILE_COPIES * file.length,
    nsPerPixel: 150,
    nsPerByte: 200,
  });
  return { ...turned(stated, primary), orientation: 1, cost };
}
