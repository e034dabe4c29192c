import type { ImageHeader } from './grey-picture.ts';
import { sniffImageFormat } from './image-format.ts';
import { readJpegHeader, type JpegHeader } from './jpeg-header.ts';
import { displaySize } from './orientation.ts';
import { readImageHeader } from './sharp-image.ts';
import type { PhotoFacts } from './spec.ts';

/** What a photo's file says of itself; `jpeg` has more of an ordinary JPEG. */
export interface PhotoHeader extends ImageHeader {
  jpeg: JpegHeader | undefined;
}

/** @throws ServiceError `unsupported_image_format` or `image_undecodable` */
export async function readPhotoHeader(file: Buffer): Promise<PhotoHeader> {
  const format = sniffImageFormat(file);
  const jpeg = format === 'jpeg' ? readJpegHeader(file) : undefined;
  return { ...(jpeg ?? (await readImageHeader(file, format))), format, jpeg };
}

/**
 * What is known of a photo before it is decoded.
 * @throws ServiceError `unsupported_image_format` or `image_undecodable`
 */
export async function readPhotoFacts(bytes: Uint8Array): Promise<PhotoFacts> {
  return toPhotoFacts(
    await readPhotoHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  );
}

export function toPhotoFacts(header: ImageHeader): PhotoFacts {
  return { ...displaySize(header, header.orientation), format: header.format };
}
