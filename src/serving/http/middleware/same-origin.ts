import type { Request, RequestHandler } from 'express';
import { ServiceError } from '../../../common/errors.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** `none`: the user's own action, such as an address typed into the browser. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);
const DEFAULT_PORT = /:(?:80|443)$/;

/**
 * Refuses writes that a web page of another origin has sent (cross-site request forgery): a browser in the network of the
 * service would send them although its user does not know. `Sec-Fetch-Site` (Fetch Metadata) decides where the browser
 * sends it, else `Origin` compared with the host that was asked, which a trusted proxy may name. Clients other than
 * browsers send neither and are admitted.
 * @param origins whose pages may write, from `CORS_ORIGINS`
 * @throws ServiceError `cross_origin`
 */
export function refuseOtherOrigins(origins: readonly string[] = []): RequestHandler {
  const exempt = new Set(origins);
  return (request, _response, next) => {
    if (SAFE_METHODS.has(request.method) || isExempt(request, exempt) || isOwn(request)) next();
    else
      throw new ServiceError(
        'cross_origin',
        'A web page of another origin may not do this. Let CORS_ORIGINS name the origin if it is yours.',
      );
  };
}

function isExempt(request: Request, exempt: ReadonlySet<string>): boolean {
  const origin = request.get('origin');
  return exempt.has('*') || (origin !== undefined && exempt.has(origin));
}

function isOwn(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return OWN_SITE.has(site);
  const origin = request.get('origin');
  return origin === undefined || isHostOf(origin, hostOf(request));
}

/**
 * Compares without scheme, because a proxy that terminates TLS asks by plain HTTP, and without the ports that follow from
 * the scheme. `null`, the origin of a sandboxed page, equals no host.
 */
function isHostOf(origin: string, host: string | undefined): boolean {
  const [, originHost] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  if (originHost === undefined || host === undefined) return false;
  return originHost.replace(DEFAULT_PORT, '') === host.replace(DEFAULT_PORT, '');
}

/** Host and port that the client asked: `X-Forwarded-Host` where a trusted proxy sends it, else `Host`. */
function hostOf(request: Request): string | undefined {
  // Express's types leave out that there is none in HTTP/1.0.
  const host = request.host as string | undefined;
  return host === undefined || host === '' ? undefined : host.toLowerCase();
}
