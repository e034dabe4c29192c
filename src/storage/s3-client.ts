import { S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from './s3-options.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
/** Of silence on a connection; deadlines and the stall guard are usually faster. */
const SOCKET_TIMEOUT_MS = 60_000;

const ignore = (): undefined => undefined;
/** The SDK would warn on the console of what is thrown anyway. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

export function createS3Client({ forcePathStyle, checksumMode, endpoint }: S3Options): S3Client {
  const checksums = checksumMode === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    logger: silent,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
    },
  });
}
