import { createRequire } from 'node:module';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { ServiceError } from '../common/errors.ts';

const swaggerFolder = path.dirname(
  createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'),
);

/** All that the page loads; the package holds more, and three times as much. */
const swaggerFiles: ReadonlySet<string> = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
]);

const INITIALIZER = 'initialize.js';
const initializer = `addEventListener('load', () => {
  SwaggerUIBundle({ url: document.body.dataset.url, dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true });
});
`;

/** @param base of the page's files, relative to the page: it may be served below a prefix that only a proxy knows */
const pageOf = (base: string, root: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>face-age API</title>
    <link rel="icon" href="${base}favicon-32x32.png" />
    <link rel="stylesheet" href="${base}swagger-ui.css" />
    <script src="${base}swagger-ui-bundle.js" defer></script>
    <script src="${base}${INITIALIZER}" defer></script>
  </head>
  <body data-url="${root}openapi.json">
    <div id="swagger-ui"></div>
  </body>
</html>
`;

/** `GET /docs`: Swagger UI for `/openapi.json`; everything comes from this server. */
export const docsPageRoute: RequestHandler = (request, response) => {
  const isFolder = request.path.endsWith('/');
  response.type('html').send(pageOf(isFolder ? '' : 'docs/', isFolder ? '../' : ''));
};

/** `GET /docs/:file` */
export const docsFileRoute: RequestHandler = (request, response) => {
  const file = String(request.params.file);
  if (file === INITIALIZER) {
    response.type('text/javascript').send(initializer);
    return;
  }
  if (!swaggerFiles.has(file)) {
    throw new ServiceError('route_not_found', 'The documentation has no such file.');
  }
  response.sendFile(file, { root: swaggerFolder, maxAge: '1h', acceptRanges: false });
};
