import type { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { StorageError, type WriteCondition } from './object-store.ts';
import { type StallLimit, tooLarge } from './stall-guard.ts';

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

/** What differs between S3 servers; region and credentials are found by the SDK's own chain. */
export interface S3Options {
  /** Bucket in the path instead of the host name, as most servers other than AWS want it. */
  forcePathStyle: boolean;
  /** `when_required` for servers that do not know the newer checksum headers. */
  checksumMode: 'when_required' | 'when_supported';
  /** `http://host:port`; found by the SDK (`AWS_ENDPOINT_URL_S3`) by default. */
  endpoint?: string;
  retryPolicy?: Partial<S3RetryPolicy>;
}

/** How long a store is waited for. */
export interface S3RetryPolicy {
  /** For a small request, all attempts together: a page of a listing, a pointer, a manifest. */
  smallMs: number;
  /** For an object read into memory. */
  readMs: number;
  /** For a download or an upload. */
  stall: StallLimit;
}

export const defaultRetryPolicy: S3RetryPolicy = {
  smallMs: 10_000,
  readMs: 120_000,
  stall: { windowMs: 20_000, minBytes: 10_000 },
};

export interface S3Location {
  bucket: string;
  /** Empty, or ending in `/`. */
  prefix: string;
  /** Without a slash at its end. */
  location: string;
}

/**
 * @param location `s3://bucket` or `s3://bucket/prefix`
 * @throws StorageError where it names no bucket
 */
export function parseS3Location(location: string): S3Location {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/*(.*?)\/*$/.exec(location) ?? [];
  if (bucket === '')
    throw new StorageError(`${location} names no bucket; write s3://bucket/prefix`);
  return prefix === ''
    ? { bucket, prefix: '', location: `s3://${bucket}` }
    : { bucket, prefix: `${prefix}/`, location: `s3://${bucket}/${prefix}` };
}

/** As it is kept and given back: without the quotes, which not every server understands in If-Match. */
export function toStamp(etag = ''): string {
  return etag.replaceAll('"', '');
}

/** A write's condition as S3 wants it. */
export function headersOf(condition: WriteCondition | undefined): {
  IfNoneMatch?: '*';
  IfMatch?: string;
} {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** @throws StorageError where there are too many bytes */
export async function gather(body: Readable, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
