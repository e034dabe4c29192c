import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ServiceError } from '../../../common/errors.ts';

/** Platforms ask these by any name. They show only whether the server is alive and ready. */
const HEALTH: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/v2/health/live',
  '/v2/health/ready',
]);
/** Prometheus asks pods by their addresses. */
const METRICS = '/metrics';

/**
 * Admits only requests for a listed host. DNS rebinding makes a browser send requests of an attacker's page to this server
 * as if they were of the same origin; their `Host` is then the attacker's name. Only `Host` counts, as a page can set
 * `X-Forwarded-Host`. An address cannot be rebound, so that `/metrics` may be asked by address.
 * @param allowed names, as ALLOWED_HOSTS lists them: without a port any port matches
 * @throws ServiceError `host_not_allowed`
 */
export function requireHost(allowed: readonly string[]): RequestHandler {
  const names = new Set(allowed.map((name) => withoutDot(name.toLowerCase())));
  return (request, _response, next) => {
    const host = request.headers.host?.toLowerCase();
    const path = request.path.toLowerCase().replace(/\/$/, '');
    if (HEALTH.has(path) || isListed(host, names) || (path === METRICS && isAddress(host))) next();
    else
      throw new ServiceError(
        'host_not_allowed',
        'ALLOWED_HOSTS does not list the host of this request.',
      );
  };
}

function isListed(host: string | undefined, names: ReadonlySet<string>): boolean {
  if (host === undefined) return false;
  return names.has(withoutDot(host)) || names.has(withoutDot(nameOf(host)));
}

/** The final dot of a fully qualified name means nothing here. */
function withoutDot(host: string): string {
  return host.replace(/\.(?=:\d+$|$)/, '');
}

/** The host without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

function isAddress(host: string | undefined): boolean {
  return host !== undefined && isIP(nameOf(host).replace(/^\[(.*)\]$/, '$1')) !== 0;
}
