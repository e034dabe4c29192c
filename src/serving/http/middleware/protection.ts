import cors from 'cors';
import type { Express, Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { ServiceError } from '../../../common/errors.ts';
import { requireApiKey, type KnownKey, digestOf } from './api-keys.ts';
import type { RefusedKeys } from './refused-keys.ts';
import { localsOf } from './request-context.ts';

/** Lets web pages of these origins, or of all with `*`, send requests and read answers (CORS protocol). */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    maxAge: 600,
  });
}

const WINDOW_MS = 60_000;

/**
 * Limits the requests of one client in a minute. A client is an API key, or else an address (with IPv6 a network, as a
 * household has many). Each server counts separately. Answers carry `RateLimit` and `RateLimit-Policy` (IETF draft 8).
 * @throws ServiceError `rate_limited` with the time that is left of the minute
 */
export function limitRate(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // The validation would write to the console about proxies, which TRUST_PROXY configures.
    validate: false,
    keyGenerator: clientOf,
    handler: (request, _response, next) => next(tooMany(perMinute, resetOf(request))),
  });
}

/** The client that limits count for: its API key, or else its address (with IPv6 its network). */
export function clientOf(request: Request, response: Response): string {
  const { client } = localsOf(response);
  return client === undefined ? `address ${ipKeyGenerator(request.ip ?? '')}` : `key ${client}`;
}

/** express-rate-limit stores its count in the request. */
function resetOf(request: object): Date {
  const { rateLimit: count } = request as { rateLimit?: { resetTime?: Date } };
  return count?.resetTime ?? new Date(Date.now() + WINDOW_MS);
}

function tooMany(perMinute: number, reset: Date): ServiceError {
  const retryAfterSeconds = Math.max(1, Math.ceil((reset.getTime() - Date.now()) / 1000));
  const detail = `A client may send at most ${perMinute} requests a minute. Try again in ${retryAfterSeconds} s.`;
  return new ServiceError('rate_limited', detail, { retryAfterSeconds });
}

/** Who may send requests, how often, and from which origins. */
export interface Protection {
  /** Undefined where no key is required. */
  apiKeys: readonly KnownKey[] | undefined;
  /** Maximum for one client; 0 for no limit. */
  ratePerMinute: number;
  origins: readonly string[] | undefined;
  /** Undefined where any host is answered. */
  allowedHosts: readonly string[] | undefined;
  /** As Express's `trust proxy`. */
  trustProxy: number | readonly string[];
}

/** No protection beyond what is always on. */
export const unprotected: Protection = {
  apiKeys: undefined,
  ratePerMinute: 0,
  origins: undefined,
  allowedHosts: undefined,
  trustProxy: 0,
};

const API = ['/v1', '/v2'];
/** Admin routes have their own token; health routes reveal only that the server is alive. */
const isExempt = (path: string): boolean => /^\/(?:admin|health)(?:\/|$)/.test(path);

/** Whether keys and limits apply to a path. */
export function isGuarded(path: string): boolean {
  const part = API.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return part !== undefined && !isExempt(path.slice(part.length));
}

/** Who is admitted where API keys are on. */
export interface KeyGuardOptions {
  protection: Pick<Protection, 'apiKeys'>;
  /** Admits to everything that an API key admits to. */
  adminToken: string | undefined;
  refused: RefusedKeys;
}

/** The handlers that admit only requests with a key or the admin token; none where no keys are set. */
export function keyGuards(options: KeyGuardOptions): RequestHandler[] {
  const { protection, adminToken, refused } = options;
  if (protection.apiKeys === undefined) return [];
  const admin = adminToken === undefined ? [] : [{ name: 'admin', digest: digestOf(adminToken) }];
  return [requireApiKey([...protection.apiKeys, ...admin], refused)];
}

/**
 * Mounts the protection; call it before mounting any route. It refuses requests by their headers, before the body is read.
 * @param keys from `keyGuards`
 */
export function protect(
  app: Express,
  protection: Protection,
  keys: readonly RequestHandler[],
): void {
  const { ratePerMinute, origins } = protection;
  trustProxies(app, protection);
  if (origins !== undefined) app.use(allowOrigins(origins));
  const guards = [...keys];
  if (ratePerMinute > 0) guards.push(limitRate(ratePerMinute));
  if (guards.length > 0) app.use(API, nameRoute, ...guards.map(unlessExempt), forgetRoute);
}

/** Lets only trusted proxies name the client's address. */
export function trustProxies(app: Express, { trustProxy }: Pick<Protection, 'trustProxy'>): void {
  app.set('trust proxy', typeof trustProxy === 'number' ? trustProxy : [...trustProxy]);
}

/** Requests that are refused here have not reached a route, so metrics and log name the part of the API instead. */
const nameRoute: RequestHandler = (request, response, next) => {
  localsOf(response).routePrefix = `${request.baseUrl.toLowerCase()}/*`;
  next();
};

const forgetRoute: RequestHandler = (_request, response, next) => {
  delete localsOf(response).routePrefix;
  next();
};

function unlessExempt(handler: RequestHandler): RequestHandler {
  return (request, response, next) =>
    isExempt(request.path) ? next() : handler(request, response, next);
}
