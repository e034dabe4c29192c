import type { Request } from 'express';
import { ServiceError } from '../common/errors.ts';
import type { ReceivedPhoto } from '../predict/predict-request.ts';
import { readBody } from './body.ts';
import { imageTooLarge, type UploadLimits } from './upload-limits.ts';

/** The body is one photo; what it really is shows in its first bytes, not in its declared type. */
export async function readRawPhoto(
  request: Request,
  { uploadMaxBytes }: UploadLimits,
): Promise<ReceivedPhoto[]> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  const bytes = await readBody(request, uploadMaxBytes, imageTooLarge);
  if (bytes.length === 0) throw new ServiceError('no_image', 'The body is empty.');
  return [{ bytes }];
}
