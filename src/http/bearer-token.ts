import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';

/**
 * Lets only requests pass that bring the token as `Authorization: Bearer …` (RFC 6750). Without a token set, none.
 * @throws ServiceError `admin_off`, `unauthorized` or `forbidden`
 */
export function requireBearer(token: string | undefined): RequestHandler {
  const wanted = token === undefined ? undefined : digest(token);
  return (request, response, next) => {
    if (wanted === undefined) {
      throw new ServiceError('admin_off', 'Set ADMIN_TOKEN to switch the admin routes on.');
    }
    const [, given] = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '') ?? [];
    if (given === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      throw new ServiceError('unauthorized', 'Send "Authorization: Bearer <ADMIN_TOKEN>".');
    }
    if (!timingSafeEqual(digest(given), wanted))
      throw new ServiceError('forbidden', 'The token is not the one that ADMIN_TOKEN sets.');
    next();
  };
}

/** Of equal length whatever the text, so that comparing takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
