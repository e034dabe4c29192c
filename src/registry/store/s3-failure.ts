import { StorageError } from './object-store.ts';
import { explainFailure } from './s3-advice.ts';
import { REFUSED_CREDENTIALS, s3FactsOf } from './s3-facts.ts';

/** Whether a conditional GET found the object unchanged; the SDK throws this as an error. */
export const isNotModified = (error: unknown): boolean => s3FactsOf(error).status === 304;

export function isMissingObject(error: unknown): boolean {
  const { status, name } = s3FactsOf(error);
  return status === 404 && name !== 'NoSuchBucket';
}

/** Whether a conditional PUT lost to another writer. Servers answer 412 or 409, and 404 if the object was removed. */
export function isLostRace(error: unknown): boolean {
  const { status } = s3FactsOf(error);
  return status === 412 || status === 409 || isMissingObject(error);
}

/** Whether the request was sent more than once: an earlier attempt may have succeeded without a response. */
export const wasRetried = (error: unknown): boolean => s3FactsOf(error).attempts > 1;

/** Whether other credentials may be accepted. */
export function areCredentialsRefused(error: unknown): boolean {
  const { name, status } = s3FactsOf(error);
  return REFUSED_CREDENTIALS.includes(name) || status === 401 || status === 403;
}

const CONNECTION_CODES = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'];

/** Whether a transfer may succeed when it is retried. */
export function isTransient(error: unknown): boolean {
  const { status, code, name, message } = s3FactsOf(error);
  if (status !== undefined && status >= 300) return status >= 500 || status === 429;
  return (
    CONNECTION_CODES.includes(code) ||
    name === 'TimeoutError' ||
    message.startsWith('Connection lost')
  );
}

/** @param action the failed action with its object, such as `read s3://bucket/key` */
export function s3Failure(action: string, cause: unknown): StorageError {
  const reason = isLocal(cause) ? cause.message : explainFailure(s3FactsOf(cause));
  return new StorageError(`cannot ${action}: ${reason}`, { cause });
}

const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EIO'];

/** Whether the error comes from this machine instead of the server: from the disk, or from our own checks. */
function isLocal(error: unknown): error is Error {
  return error instanceof StorageError || DISK_CODES.includes(s3FactsOf(error).code);
}
