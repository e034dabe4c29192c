import type { Express, RequestHandler } from 'express';
import { requireApiKey, type KnownKey } from './api-keys.ts';
import { digestOf } from './bearer-token.ts';
import { allowOrigins } from './cross-origin.ts';
import { limitRate } from './rate-limit.ts';
import { localsOf } from './request-locals.ts';

/** Who may ask, how often, and from where. */
export interface Protection {
  /** Undefined where everybody may. */
  apiKeys: readonly KnownKey[] | undefined;
  /** By one client; 0 for no limit. */
  ratePerMinute: number;
  origins: readonly string[] | undefined;
  /** As Express's `trust proxy`. */
  trustProxy: number | readonly string[];
}

/** No protection but what is always on. */
export const unprotected: Protection = {
  apiKeys: undefined,
  ratePerMinute: 0,
  origins: undefined,
  trustProxy: 0,
};

const API = ['/v1', '/v2'];
/** Has a token of its own, or tells platforms nothing but that the server lives. */
const isExempt = (path: string): boolean => /^\/(admin|health)(\/|$)/.test(path);

/** Whether keys and limits stand before a path. */
export function isGuarded(path: string): boolean {
  const part = API.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return part !== undefined && !isExempt(path.slice(part.length));
}

/**
 * To be called before any route is mounted. What it refuses is refused by the headers, before the body is read.
 * @param adminToken opens whatever an API key does
 */
export function protect(app: Express, protection: Protection, adminToken?: string): void {
  const { apiKeys, ratePerMinute, origins, trustProxy } = protection;
  app.set('trust proxy', typeof trustProxy === 'number' ? trustProxy : [...trustProxy]);
  if (origins !== undefined) app.use(allowOrigins(origins));
  const guards: RequestHandler[] = [];
  if (apiKeys !== undefined) {
    const admin = adminToken === undefined ? [] : [{ name: 'admin', digest: digestOf(adminToken) }];
    guards.push(requireApiKey([...apiKeys, ...admin]));
  }
  if (ratePerMinute > 0) guards.push(limitRate(ratePerMinute));
  if (guards.length > 0) app.use(API, nameRoute, ...guards.map(unlessExempt), forgetRoute);
}

/** What is refused here has not come to a route: metrics and log name the part of the API. */
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
