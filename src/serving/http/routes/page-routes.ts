import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { ServiceError } from '../../../common/errors.ts';

/** What a page may load besides its own scripts, styles and answers. */
export interface PageNeeds {
  /** Pictures that the page creates from files and the camera. */
  ownPictures?: boolean;
}

/**
 * The security headers of a page: nothing from elsewhere, nothing inline, no frames. The page must work over plain HTTP in
 * a local network too, so requests are not upgraded.
 */
export function pageSecurity({ ownPictures = false }: PageNeeds = {}): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', ...(ownPictures ? ['blob:'] : [])],
        connectSrc: ["'self'"],
        mediaSrc: ownPictures ? ["'self'", 'blob:'] : ["'none'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}

/** Located relative to this file, in the sources and in the build. */
const folder = path.join(import.meta.dirname, '../page');
const INDEX = 'index.html';

/** The files of the page, without the folder's compiler settings. */
const files: ReadonlySet<string> = new Set(
  readdirSync(folder).filter((file) => /\.(?:js|css|svg)$/.test(file)),
);

/** A new version of the program has new files under the same names. */
const options = {
  root: folder,
  acceptRanges: false,
  cacheControl: false,
  headers: { 'Cache-Control': 'no-cache' },
};

/** `GET /`: a page to try the service */
export const pageRoute: RequestHandler = (_request, response) => {
  response.sendFile(INDEX, options);
};

/** `GET /page/:file` */
export const pageFileRoute: RequestHandler = (request, response) => {
  const file = String(request.params.file);
  if (!files.has(file)) throw new ServiceError('route_not_found', 'The page has no such file.');
  response.sendFile(file, options);
};

const swaggerFolder = path.dirname(
  createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'),
);

/** The files that the page loads, a third of what the package holds. */
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

/** @param base path of the files relative to the page, as a proxy may serve it below a prefix */
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
