import { describe, expect, it } from 'vitest';
import { s3Failure } from '../../../src/registry/store/s3-failure.ts';
import { StorageError } from '../../../src/registry/store/object-store.ts';

/** An error as the SDK throws it. */
const thrown = (facts: object, message = 'said the server') =>
  Object.assign(new Error(message), facts);
const answered = (httpStatusCode: number, name: string) =>
  thrown({ name, $metadata: { httpStatusCode } });

describe('a failure of S3', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'no credentials',
      thrown({ name: 'CredentialsProviderError' }),
      /no credentials were found .*set AWS_ACCESS_KEY_ID/,
    ],
    [
      'expired ones',
      answered(400, 'ExpiredToken'),
      /refused \(ExpiredToken: said the server\); check AWS_ACCESS/,
    ],
    ['a wrong clock', answered(403, 'RequestTimeTooSkewed'), /check the clock/],
    [
      'too few rights',
      answered(403, 'AccessDenied'),
      /denied \(AccessDenied: said the server\); check .*rights/,
    ],
    ['no bucket', answered(404, 'NoSuchBucket'), /no such bucket; check the location/],
    [
      'a host that is away at all its addresses',
      new AggregateError([thrown({ code: 'ECONNREFUSED' }, 'connect ECONNREFUSED ::1:9')]),
      /no connection \(connect ECONNREFUSED ::1:9\); check AWS_ENDPOINT_URL_S3/,
    ],
    ['a full disk', thrown({ code: 'ENOSPC' }, 'no space left'), /a: no space left$/],
    ['what was found out here', new StorageError('it stalled'), /a: it stalled$/],
    [
      'a failing server',
      answered(500, 'InternalError'),
      /failed \(InternalError: said the server\)/,
    ],
    ['anything else', answered(400, 'BadDigest'), /said the server; check AWS_ENDPOINT_URL/],
  ])('says what to do about %s', (_what, cause, message) => {
    const failure = s3Failure('read s3://bucket/a', cause);
    expect(failure).toBeInstanceOf(StorageError);
    expect(failure.cause).toBe(cause);
    expect(failure.message).toMatch(/^cannot read s3:\/\/bucket\/a: /);
    expect(failure.message).toMatch(message);
  });
});
