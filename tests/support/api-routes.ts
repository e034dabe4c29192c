import type { Express } from 'express';
import type { OpenApiDocument } from '../../src/serving/http/openapi/document.ts';

/** Pages for people, which are not part of the API. */
const pages = ['/', '/page/{file}', '/docs', '/docs/{file}'];

/** `method /path/{parameter}`, sorted. */
export function documentedRoutes({ paths }: OpenApiDocument): string[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .toSorted();
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** The layers of express's router; `_all` is the handler that refuses other methods. */
export function mountedRoutes({ router }: Express): string[] {
  return (router as unknown as { stack: Layer[] }).stack
    .flatMap(({ route }) => (route === undefined ? [] : [route]))
    .map(({ path, methods }) => ({ path: path.replace(/:(\w+)/g, '{$1}'), methods }))
    .filter(({ path }) => !pages.includes(path))
    .flatMap(({ path, methods }) =>
      Object.keys(methods).flatMap((method) => (method === '_all' ? [] : [`${method} ${path}`])),
    )
    .toSorted();
}
