import type { Request } from 'express';
import { z } from 'zod';
import { ServiceError } from '../errors.ts';
import type { ReceivedPhoto } from '../predict/predict-request.ts';
import { readBody } from './body.ts';
import { parseJson } from './json-body.ts';
import {
  imageTooLarge,
  requestTooLarge,
  tooManyImages,
  type UploadLimits,
} from './upload-limits.ts';

/** The JSON form of a request. Each image is base64, as a `data:` URL or plain; line breaks in it are fine. */
export const jsonUploadSchema = z.strictObject({
  images: z.array(z.string()).describe('photos in base64, at least one'),
});

export async function readJsonPhotos(
  request: Request,
  limits: UploadLimits,
): Promise<ReceivedPhoto[]> {
  const { requestMaxBytes, maxImages } = limits;
  const body = await readBody(request, requestMaxBytes, requestTooLarge);
  const { images } = parseBody(body);
  if (images.length === 0) throw new ServiceError('no_image', '"images" is empty.');
  if (images.length > maxImages) throw tooManyImages(maxImages);
  return images.map((image, index) => ({
    bytes: decodePhoto(image, `images[${index}]`, limits),
  }));
}

function parseBody(body: Buffer): z.infer<typeof jsonUploadSchema> {
  if (body.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  const parsed = jsonUploadSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new ServiceError(
    'malformed_request',
    `The body must be {"images": ["<base64>", …]}: ${parsed.error.issues[0]!.message}.`,
  );
}

/**
 * @param where in the body, for the message
 * @throws ServiceError `malformed_request` or `image_too_large`
 */
export function decodePhoto(
  text: string,
  where: string,
  { uploadMaxBytes }: Pick<UploadLimits, 'uploadMaxBytes'>,
): Buffer {
  const encoded = text.replace(/^data:[^,]{0,100},/, '').replace(/\s+|=+\s*$/g, '');
  const bytes = Buffer.from(encoded, 'base64');
  // Buffer skips what is no base64, so that a shorter result tells of it.
  if (bytes.length !== Math.floor((encoded.length * 3) / 4)) {
    throw new ServiceError('malformed_request', `${where} is not base64.`);
  }
  if (bytes.length > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  return bytes;
}
