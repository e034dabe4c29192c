import { readFile } from 'node:fs/promises';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';

/** The body of every request. */
export interface Payload {
  readonly body: Buffer;
  readonly contentType: string;
}

/** The photo that scenes post: the given file, or a face drawn in code (200×200, about 4 kB). */
export async function readPhoto(file?: string): Promise<Buffer> {
  return file === undefined ? drawFaceJpeg({ age: 30, seed: 1 }) : readFile(file);
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
