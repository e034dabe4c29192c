import type { RequestHandler } from 'express';
import type { OpenApiDocument } from './document.ts';

/** `GET /openapi.json` */
export function openApiRoute(document: OpenApiDocument): RequestHandler {
  const text = JSON.stringify(document);
  return (_request, response) => {
    response.type('application/json').send(text);
  };
}
