import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Readiness } from './readiness.ts';

/** The answer of `GET /healthz`. */
export const liveAnswerSchema = z.object({ status: z.literal('live') });
/** The answer of `GET /readyz`. */
export const readyAnswerSchema = z.object({ status: z.literal('ready') });

/** `GET /healthz`: the process answers. */
export const liveRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'live' } satisfies z.infer<typeof liveAnswerSchema>);
};

/** `GET /readyz`: 503 until a model is warm and while draining. */
export function readyRoute(readiness: Readiness): RequestHandler {
  return (_request, response) => {
    const fault = readiness.fault();
    if (fault !== undefined) throw fault;
    response.json({ status: 'ready' } satisfies z.infer<typeof readyAnswerSchema>);
  };
}
