/** The body of every request: one photo. */
export interface Payload {
  readonly body: Buffer;
  readonly contentType: string;
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

/** The photo itself. */
export function rawPayload(photo: Buffer): Payload {
  return { body: photo, contentType: 'image/jpeg' };
}
