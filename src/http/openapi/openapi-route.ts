import type { RequestHandler } from 'express';
import type { OpenApiDocument } from './document.ts';

/**
 * `GET /openapi.json`
 * @param describe asked once, for the first request: it takes longer than anything else of a start but the model
 */
export function openApiRoute(describe: () => OpenApiDocument): RequestHandler {
  let text: string | undefined;
  return (_request, response) => {
    text ??= JSON.stringify(describe());
    response.type('application/json').send(text);
  };
}
