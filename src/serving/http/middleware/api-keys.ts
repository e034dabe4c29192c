import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import { RefusedKeys } from './refused-keys.ts';
import { localsOf } from './request-context.ts';

/**
 * Admits only requests with the token in `Authorization: Bearer …` (RFC 6750); none where no token is set.
 * @param refused counts wrong tokens
 * @throws ServiceError `admin_off`, `unauthorized`, `forbidden` or `rate_limited`
 */
export function requireBearer(
  token: string | undefined,
  refused: RefusedKeys = new RefusedKeys(),
): RequestHandler {
  const wanted = token === undefined ? undefined : digestOf(token);
  return (request, response, next) => {
    if (wanted === undefined) {
      throw new ServiceError('admin_off', 'Set ADMIN_TOKEN to switch the admin routes on.');
    }
    const given = bearerOf(request);
    if (given === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new ServiceError('unauthorized', 'Send "Authorization: Bearer <ADMIN_TOKEN>".');
    }
    if (!timingSafeEqual(digestOf(given), wanted)) {
      refused.count(request.ip);
      throw new ServiceError('forbidden', 'The token is not the one that ADMIN_TOKEN sets.');
    }
    next();
  };
}

/** Whether a request has the admin token. It counts no refusals: call it where everybody gets some answer. */
export function isAdmin(request: Request, token: string | undefined): boolean {
  const given = bearerOf(request);
  if (token === undefined || given === undefined) return false;
  return timingSafeEqual(digestOf(given), digestOf(token));
}

/** The token of `Authorization: Bearer …`, if there is one. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
}

/** SHA-256: digests have equal lengths, so that comparing them takes constant time. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export interface KnownKey {
  name: string;
  /** SHA-256 of the key; the key itself is not stored. */
  digest: Buffer;
}

/**
 * Admits only requests with a known key in `Authorization: Bearer …` or `X-API-Key`, whose name the log shows.
 * @param refused counts wrong keys
 * @throws ServiceError `unauthorized`, `forbidden` or `rate_limited`
 */
export function requireApiKey(
  keys: readonly KnownKey[],
  refused: RefusedKeys = new RefusedKeys(),
): RequestHandler {
  return (request, response, next) => {
    const given = keyIn(request);
    if (given === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new ServiceError(
        'unauthorized',
        'Send your API key as "Authorization: Bearer <key>" or as "X-API-Key: <key>".',
      );
    }
    const name = nameOf(given, keys);
    if (name === undefined) {
      refused.count(request.ip);
      throw new ServiceError('forbidden', 'This API key is not known.');
    }
    localsOf(response).client = name;
    localsOf(response).keyDigest = digestOf(given);
    localsOf(response).logFields.client = name;
    next();
  };
}

function keyIn(request: Request): string | undefined {
  return request.get('x-api-key') ?? bearerOf(request);
}

/** Compares with every key, even after a match, so that the time reveals nothing. */
function nameOf(given: string, keys: readonly KnownKey[]): string | undefined {
  const digest = digestOf(given);
  let found: string | undefined;
  for (const key of keys) if (timingSafeEqual(digest, key.digest)) found = key.name;
  return found;
}
