import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The body of every request. */
export interface Payload {
  readonly body: Buffer;
  readonly contentType: string;
}

/**
 * A face of 200×200 pixels and 4.2 kB that an earlier `draw-face` drew. It never changes, so that the stored baseline of
 * `bench regression` and the figures in the docs stay comparable.
 */
const drawnFace = path.join(import.meta.dirname, 'drawn-face.jpg');

/** The photo that scenes post: the given file, or the stored drawing. */
export function readPhoto(file = drawnFace): Promise<Buffer> {
  return readFile(file);
}

const boundary = 'face-age-bench-5f1c2e';

/** A form with the photos in its field `image` (RFC 7578). */
export function multipartPayload(...photos: readonly Buffer[]): Payload {
  const parts = photos.flatMap((photo, index) => {
    const name = index === 0 ? 'photo.jpg' : `photo-${index}.jpg`;
    const head =
      `--${boundary}\r\n` +
      `Content-Disposition: form-data; name="image"; filename="${name}"\r\n` +
      'Content-Type: image/jpeg\r\n\r\n';
    return [Buffer.from(head), photo, Buffer.from('\r\n')];
  });
  return {
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** The photo as the whole body. */
export function rawPayload(photo: Buffer): Payload {
  return { body: photo, contentType: 'image/jpeg' };
}
