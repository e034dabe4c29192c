import { StorageError } from './object-store.ts';

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
