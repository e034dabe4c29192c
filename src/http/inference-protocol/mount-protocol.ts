import type { Express } from 'express';
import { mount } from '../routing.ts';
import { inferRoute, type InferRouteDependencies } from './infer-route.ts';
import {
  modelMetadataRoute,
  modelReadyRoute,
  modelStatsRoute,
  repositoryIndexRoute,
  serverLiveRoute,
  serverMetadataRoute,
  serverReadyRoute,
  type MetadataDependencies,
} from './metadata-routes.ts';

export type ProtocolDependencies = InferRouteDependencies & MetadataDependencies;

/** The Open Inference Protocol, version 2, with the extensions for binary tensors, classification and statistics. */
export function mountProtocol(app: Express, dependencies: ProtocolDependencies): void {
  mount(app, '/v2', { get: serverMetadataRoute(dependencies) });
  mount(app, '/v2/health/live', { get: serverLiveRoute });
  mount(app, '/v2/health/ready', { get: serverReadyRoute(dependencies) });
  mount(app, '/v2/repository/index', { post: repositoryIndexRoute(dependencies) });
  const infer = inferRoute(dependencies);
  for (const model of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    mount(app, model, { get: modelMetadataRoute(dependencies) });
    mount(app, `${model}/ready`, { get: modelReadyRoute(dependencies) });
    mount(app, `${model}/stats`, { get: modelStatsRoute(dependencies) });
    mount(app, `${model}/infer`, { post: infer });
  }
}
