import type { ImageHeader } from '../picture.ts';
import { sniffImageFormat } from './image-format.ts';
import { readJpegHeader, type JpegHeader } from './jpeg-header.ts';
import { displaySize } from '../orientation.ts';
import { readImageHeader } from '../sharp-image.ts';
import type { PhotoFacts } from '../spec.ts';

/** The header of a photo's file; `jpeg` holds further details of a JPEG. */
export interface PhotoHeader extends ImageHeader {
  jpeg: JpegHeader | undefined;
}

/** @throws ServiceError `unsupported_image_format` or `image_undecodable` */
export async function readPhotoHeader(file: Buffer): Promise<PhotoHeader> {
  const format = sniffImageFormat(file);
  const jpeg = format === 'jpeg' ? readJpegHeader(file) : undefined;
  const { width, height, orientation } = jpeg ?? (await readImageHeader(file, format));
  return { width, height, orientation, format, jpeg };
}

/**
 * Reads the facts about a photo without decoding it.
 * @throws ServiceError `unsupported_image_format` or `image_undecodable`
 */
export async function readPhotoFacts(bytes: Uint8Array): Promise<PhotoFacts> {
  return toPhotoFacts(
    await readPhotoHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  );
}

export function toPhotoFacts(header: ImageHeader): PhotoFacts {
  const { width, height } = displaySize(header, header.orientation);
  return { width, height, format: header.format };
}
