import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import { localsOf } from './request-context.ts';

/**
 * Lets only requests pass that bring the token as `Authorization: Bearer …` (RFC 6750). Without a token set, none.
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

/** SHA-256, of equal length whatever the text, so that comparing takes the same time. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export interface KnownKey {
  name: string;
  /** SHA-256 of the key: the key itself is kept nowhere. */
  digest: Buffer;
}

/**
 * Lets only requests pass that bring a key, as `Authorization: Bearer …` or `X-API-Key`. Its name goes into the log.
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
    localsOf(response).logFields.client = name;
    next();
  };
}

function keyIn(request: Request): string | undefined {
  return request.get('x-api-key') ?? bearerOf(request);
}

/** Looks at every key whichever fits, so that the time tells nothing. */
function nameOf(given: string, keys: readonly KnownKey[]): string | undefined {
  const digest = digestOf(given);
  let found: string | undefined;
  for (const key of keys) if (timingSafeEqual(digest, key.digest)) found = key.name;
  return found;
}
