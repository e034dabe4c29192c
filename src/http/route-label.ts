import type { Request } from 'express';

/** Asked for every few seconds by machines: of no interest in logs and counts of refusals. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** The route's pattern, never the path: labels stay bounded. */
export function routeOf(request: Request, otherwise = 'unmatched'): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : otherwise;
}

export function isProbe(request: Request): boolean {
  return probes.has(routeOf(request));
}
