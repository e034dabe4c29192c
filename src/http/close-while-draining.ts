import type { RequestHandler, Response } from 'express';
import type { Readiness } from './readiness.ts';

/** Tells clients of kept-alive connections to go elsewhere, so that shutting down need not cut them off. */
export function closeWhileDraining(readiness: Readiness): RequestHandler {
  return (_request, response, next) => {
    letGo(response, readiness);
    next();
  };
}

/** As closeWhileDraining, for an answer that took a while: the shutdown may have begun since. */
export function letGo(response: Response, { draining }: Readiness): void {
  if (draining) response.setHeader('Connection', 'close');
}
