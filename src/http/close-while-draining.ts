import type { RequestHandler } from 'express';
import type { Readiness } from './readiness.ts';

/** Tells clients of kept-alive connections to go elsewhere, so that shutting down need not cut them off. */
export function closeWhileDraining(readiness: Readiness): RequestHandler {
  return (_request, response, next) => {
    if (readiness.draining) response.setHeader('Connection', 'close');
    next();
  };
}
