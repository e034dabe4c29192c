import type { Express, Request, RequestHandler, Response } from 'express';
import { ServiceError } from '../../../common/errors.ts';

type Method = 'get' | 'post' | 'put' | 'delete';

/** Mounts a route; a method it does not take is answered with 405 and `Allow`, OPTIONS with `Allow` alone. */
export function mount(
  app: Express,
  path: string,
  handlers: Partial<Record<Method, RequestHandler | RequestHandler[]>>,
): void {
  const route = app.route(path);
  const methods = Object.keys(handlers) as Method[];
  for (const method of methods) route[method](handlers[method]!);
  route.all(refuseMethod(methods));
}

function refuseMethod(methods: readonly Method[]): RequestHandler {
  const allow = [...methods.flatMap((method) => (method === 'get' ? ['get', 'head'] : [method]))]
    .map((method) => method.toUpperCase())
    .join(', ');
  return (request: Request, response: Response) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new ServiceError('method_not_allowed', `Use ${allow} here.`);
  };
}

/** The last handler: no route took the request. */
export const refuseRoute: RequestHandler = (request) => {
  throw new ServiceError(
    'route_not_found',
    `There is no ${request.path.slice(0, 100)}; photos go to POST /v1/predict.`,
  );
};
