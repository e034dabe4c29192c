import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { RequestHandler } from 'express';
import { ServiceError } from '../common/errors.ts';

/** Beside this file in the sources and in what is built. */
const folder = path.join(import.meta.dirname, 'page');
const INDEX = 'index.html';

/** What the page consists of; the folder's settings for the compiler are not among it. */
const files: ReadonlySet<string> = new Set(
  readdirSync(folder).filter((file) => /\.(js|css|svg)$/.test(file)),
);

/** A new version of the program brings new files under the same names. */
const options = {
  root: folder,
  acceptRanges: false,
  cacheControl: false,
  headers: { 'Cache-Control': 'no-cache' },
};

/** `GET /`: a page to try the service with. */
export const pageRoute: RequestHandler = (_request, response) => {
  response.sendFile(INDEX, options);
};

/** `GET /page/:file` */
export const pageFileRoute: RequestHandler = (request, response) => {
  const file = String(request.params.file);
  if (!files.has(file)) throw new ServiceError('route_not_found', 'The page has no such file.');
  response.sendFile(file, options);
};
