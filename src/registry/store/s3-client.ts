import type { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { trimEndOf, trimStartOf } from '../../common/text/trim-end.ts';
import { StorageError, type WriteCondition } from './object-store.ts';
import { addRequestPayer, rejectNonS3Responses } from './s3-answers.ts';
import { type StallLimit, tooLarge } from './stall-guard.ts';

const CONNECTION_TIMEOUT_MS = 5_000;
/** Maximum silence on a connection; deadlines and the stall guard are usually shorter. */
const SOCKET_TIMEOUT_MS = 60_000;

const ignore = (): undefined => undefined;
/** The SDK would otherwise print warnings about errors that it also throws. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** @returns a client that finds its credentials when it is first used, and keeps them until they expire */
export function createS3Client(options: S3Options): S3Client {
  const { forcePathStyle, checksumMode, endpoint, requesterPays = false } = options;
  const checksums = checksumMode === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    // The files with credentials may have changed since another client of this process has read them.
    credentials: defaultProvider({ ignoreCache: true, logger: silent }),
    forcePathStyle,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    logger: silent,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
    },
  });
  rejectNonS3Responses(client);
  if (requesterPays) addRequestPayer(client);
  return client;
}

/** The differences between S3 servers; the SDK finds region and credentials by itself. */
export interface S3Options {
  /** Puts the bucket into the path instead of the host name, as most servers other than AWS require. */
  forcePathStyle: boolean;
  /** `when_required` for servers that do not support the newer checksum headers. */
  checksumMode: 'when_required' | 'when_supported';
  /** Says in every request that its sender pays for it; false by default. */
  requesterPays?: boolean;
  /** `http://host:port`; by default the SDK determines it (`AWS_ENDPOINT_URL_S3`). */
  endpoint?: string;
  retryPolicy?: Partial<S3RetryPolicy>;
}

/** Time limits for requests to a store. */
export interface S3RetryPolicy {
  /** For all attempts of a small request together: a page of a listing, an alias, a manifest. */
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
  /** Empty, or ends in `/`. */
  prefix: string;
  /** Without a trailing slash. */
  location: string;
}

/**
 * Parses the location of a store.
 * @param location `s3://bucket` or `s3://bucket/prefix`
 * @throws StorageError if it does not name a bucket
 */
export function parseS3Location(location: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)(\/.*)?$/.exec(location) ?? [];
  const prefix = trimEndOf(trimStartOf(path, '/'), '/');
  if (bucket === '')
    throw new StorageError(`${location} does not name a bucket; write s3://bucket/prefix`);
  return prefix === ''
    ? { bucket, prefix: '', location: `s3://${bucket}` }
    : { bucket, prefix: `${prefix}/`, location: `s3://${bucket}/${prefix}` };
}

/** Removes the quotes of an ETag header, which not every server accepts in If-Match. */
export function toEtag(header = ''): string {
  return header.replaceAll('"', '');
}

/** The headers of a conditional write. */
export function headersOf(condition: WriteCondition | undefined): {
  IfNoneMatch?: '*';
  IfMatch?: string;
} {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** @throws StorageError if there are too many bytes */
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
