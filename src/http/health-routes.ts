import type { RequestHandler } from 'express';
import type { Readiness } from './readiness.ts';

/** `GET /healthz`: the process answers. */
export const liveRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'live' });
};

/** `GET /readyz`: 503 until a model is warm and while draining. */
export function readyRoute(readiness: Readiness): RequestHandler {
  return (_request, response) => {
    const fault = readiness.fault();
    if (fault !== undefined) throw fault;
    response.json({ status: 'ready' });
  };
}
