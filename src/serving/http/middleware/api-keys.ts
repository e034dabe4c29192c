import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import { localsOf } from './request-context.ts';

/**
 * Admits only requests with the token in `Authorization: Bearer …` (RFC 6750); none where no token is set.
 * @throws ServiceError `admin_off`, `unauthorized` or `forbidden`
 */
export function requireBearer(token: string | undefined): RequestHandler {
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
    if (!timingSafeEqual(digestOf(given), wanted))
      throw new ServiceError('forbidden', 'The token is not the one that ADMIN_TOKEN sets.');
    next();
  };
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
 * @throws ServiceError `unauthorized` or `forbidden`
 */
export function requireApiKey(keys: readonly KnownKey[]): RequestHandler {
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
    if (name === undefined) throw new ServiceError('forbidden', 'This API key is not known.');
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
