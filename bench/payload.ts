/** The body of every request: one photo. */
export interface Payload {
  readonly body: Buffer;
  readonly contentType: string;
}

const boundary = 'face-age-bench-5f1c2e';

/** A form with the photo in its field `image` (RFC 7578). */
export function multipartPayload(photo: Buffer): Payload {
  const head =
    `--${boundary}\r\n` +
    'Content-Disposition: form-data; name="image"; filename="photo.jpg"\r\n' +
    'Content-Type: image/jpeg\r\n\r\n';
  return {
    body: Buffer.concat([Buffer.from(head), photo, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** The photo itself. */
export function rawPayload(photo: Buffer): Payload {
  return { body: photo, contentType: 'image/jpeg' };
}
