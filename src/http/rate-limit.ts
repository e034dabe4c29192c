import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { ServiceError } from '../common/errors.ts';
import { localsOf } from './request-locals.ts';

const WINDOW_MS = 60_000;

/**
 * Lets so many requests pass in a minute by one client: its API key, or its address (of IPv6 the network, as a home
 * has many). Each server counts for itself. Answers carry `RateLimit` and `RateLimit-Policy` (IETF draft 8).
 * @throws ServiceError `rate_limited` with the time that is left of the minute
 */
export function limitRate(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // It would write to the console about proxies, which TRUST_PROXY is there to settle.
    validate: false,
    keyGenerator: (request, response) => {
      const { client } = localsOf(response);
      return client === undefined ? `address ${ipKeyGenerator(request.ip ?? '')}` : `key ${client}`;
    },
    handler: (request, _response, next) => next(tooMany(perMinute, resetOf(request))),
  });
}

/** express-rate-limit leaves its count in the request. */
function resetOf(request: object): Date {
  const { rateLimit: count } = request as { rateLimit?: { resetTime?: Date } };
  return count?.resetTime ?? new Date(Date.now() + WINDOW_MS);
}

function tooMany(perMinute: number, reset: Date): ServiceError {
  const retryAfterSeconds = Math.max(1, Math.ceil((reset.getTime() - Date.now()) / 1000));
  const detail = `A client may send ${perMinute} requests a minute. Try again in ${retryAfterSeconds} s.`;
  return new ServiceError('rate_limited', detail, { retryAfterSeconds });
}
