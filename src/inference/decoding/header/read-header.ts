import { ServiceError } from '../../../common/errors.ts';
import { type ImageFormat, sniffImageFormat } from '../../preprocess/format/image-format.ts';
import type { JpegHeader } from '../../preprocess/format/jpeg-header.ts';
import { readAvifHeader } from './avif-header.ts';
import type { CodedPicture, DecodedDetail, PhotoFileHeader } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';
import { readGifHeader } from './gif-header.ts';
import { readJpegCost } from './jpeg-cost.ts';
import { readHeicHeader } from './heic-header.ts';
import { readPngHeader } from './png-header.ts';
import { readTiffHeader } from './tiff-header.ts';
import { readWebpHeader } from './webp-header.ts';

/** What is known of a photo before its header is read. */
export interface HeaderOptions {
  /** What `readJpegHeader` read of a JPEG. */
  jpeg?: JpegHeader | undefined;
  /** `reduced` by default. */
  detail?: DecodedDetail;
}

/**
 * Reads format, size, orientation and the cost of decoding from a photo's header. It calls no native code, and its loops are
 * bounded, so that it takes microseconds for a photo and some milliseconds for the worst file.
 *
 * The size is an upper bound: where a file states several sizes, the largest counts. What is decoded goes by the codec's own
 * reading of the file, which `preprocess` does.
 * @throws ServiceError `unsupported_image_format` or `image_undecodable`
 */
export function readHeader(
  file: Buffer,
  { jpeg, detail = 'reduced' }: HeaderOptions = {},
): PhotoFileHeader {
  const format = sniffImageFormat(file);
  try {
    const header =
      format === 'jpeg' ? readJpegCost(file, jpeg, detail) : readers[format](file, detail);
    return { ...header, format };
  } catch (error) {
    if (!(error instanceof DamagedHeaderError || error instanceof RangeError)) throw error;
    throw new ServiceError(
      'image_undecodable',
      `The ${format} image is damaged or truncated and cannot be decoded.`,
      { cause: error },
    );
  }
}

type HeaderReader = (file: Buffer, detail: DecodedDetail) => CodedPicture;

const readers: Readonly<Record<Exclude<ImageFormat, 'jpeg'>, HeaderReader>> = {
  png: readPngHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
  tiff: readTiffHeader,
  avif: readAvifHeader,
  heic: readHeicHeader,
};
