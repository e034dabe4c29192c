import express, { type Express } from 'express';
import helmet from 'helmet';
import {
  promoteRoute,
  reloadRoute,
  rollbackRoute,
  type AdminRoutesDependencies,
} from './http/admin-routes.ts';
import { accessLog } from './http/access-log.ts';
import type { ActiveRequests } from './http/active-requests.ts';
import { requireBearer } from './http/bearer-token.ts';
import { beginRequest } from './http/begin-request.ts';
import { closeWhileDraining } from './http/close-while-draining.ts';
import { docsFileRoute, docsPageRoute } from './http/docs-routes.ts';
import { errorHandler } from './http/error-handler.ts';
import {
  deleteFeedbackRoute,
  giveFeedbackRoute,
  listFeedbackRoute,
  requireFeedback,
  type FeedbackRoutesDependencies,
} from './http/feedback-routes.ts';
import { createFeedbackReader } from './http/feedback-upload.ts';
import { mountProtocol } from './http/inference-protocol/mount-protocol.ts';
import { liveRoute, readyRoute } from './http/health-routes.ts';
import { metricsRoute } from './http/metrics-route.ts';
import {
  modelsRoute,
  modelVersionRoute,
  type ModelsRoutesDependencies,
} from './http/models-routes.ts';
import { describeApi } from './http/openapi/face-age-api.ts';
import { openApiRoute } from './http/openapi/openapi-route.ts';
import { pageFileRoute, pageRoute } from './http/page-routes.ts';
import { pageSecurity } from './http/page-security.ts';
import { createPhotoReader } from './http/photo-upload.ts';
import { predictRoute } from './http/predict-route.ts';
import { protect, type Protection } from './http/protection.ts';
import type { Readiness } from './http/readiness.ts';
import {
  retrainRoute,
  startRetrainRoute,
  type RetrainRoutesDependencies,
} from './http/retrain-routes.ts';
import { mount, refuseRoute } from './http/routing.ts';
import type { UploadLimits } from './http/upload-limits.ts';
import type { ModelManager } from './lifecycle/model-manager.ts';
import type { Metrics } from './common/metrics/metrics.ts';
import type { PredictService } from './predict/predict-service.ts';
import type { StatisticsKeeper } from './predict/version-statistics.ts';
import type { RegistryWriter } from './registry/registry.ts';
import type { Tracing } from './common/tracing.ts';

export interface AppDependencies
  extends
    ModelsRoutesDependencies,
    AdminRoutesDependencies,
    RetrainRoutesDependencies,
    FeedbackRoutesDependencies {
  /** What opens the admin routes; nothing does without. */
  adminToken: string | undefined;
  registry: RegistryWriter;
  models: Pick<ModelManager, 'status'>;
  /** Names the client where several versions share the traffic. */
  clientKeyHeader: string;
  protection: Protection;
  /** The app of `createAdminApp` answers admin routes and metrics instead. */
  adminElsewhere: boolean;
  metrics: Metrics;
  limits: UploadLimits;
  predictions: Pick<PredictService, 'predict' | 'estimate' | 'describe' | 'assertRoom'>;
  statistics: Pick<StatisticsKeeper, 'of'>;
  readiness: Readiness;
  active: ActiveRequests;
  /** Where traces are collected. */
  tracing?: Pick<Tracing, 'begin'> | undefined;
}

/** The HTTP face of the service: routes in, problem documents out. It never listens. */
export function createApp(dependencies: AppDependencies): Express {
  const { limits } = dependencies;
  const app = beginApp(dependencies);
  protect(app, dependencies.protection, dependencies.adminToken);

  mount(app, '/v1/predict', {
    post: predictRoute({ ...dependencies, readPhotos: createPhotoReader(limits) }),
  });
  mountProtocol(app, dependencies);
  mount(app, '/v1/models', { get: modelsRoute(dependencies) });
  mount(app, '/v1/models/:version', { get: modelVersionRoute(dependencies) });
  mountFeedback(app, dependencies);
  if (!dependencies.adminElsewhere) mountAdmin(app, dependencies);
  mountHealth(app, dependencies);
  mount(app, '/openapi.json', { get: openApiRoute(describeApi) });
  mount(app, '/', { get: [pageSecurity({ ownPictures: true }), pageRoute] });
  mount(app, '/page/:file', { get: [pageSecurity(), pageFileRoute] });
  mount(app, '/docs', { get: [pageSecurity(), docsPageRoute] });
  mount(app, '/docs/:file', { get: [pageSecurity(), docsFileRoute] });

  return endApp(app, dependencies);
}

/** What may be on a port of its own: admin routes, metrics, and health. */
export function createAdminApp(dependencies: AppDependencies): Express {
  const app = beginApp(dependencies);
  mountAdmin(app, dependencies);
  mountHealth(app, dependencies);
  return endApp(app, dependencies);
}

function beginApp({ logger, metrics, readiness, tracing }: AppDependencies): Express {
  const app = express();
  app.set('query parser', 'simple').set('etag', false).disable('x-powered-by');
  app.use(
    beginRequest(tracing),
    accessLog(logger, metrics),
    closeWhileDraining(readiness),
    helmet(),
  );
  return app;
}

function endApp(app: Express, { logger, metrics }: AppDependencies): Express {
  return app.use(refuseRoute, errorHandler(logger, metrics));
}

function mountAdmin(app: Express, dependencies: AppDependencies): void {
  app.use('/v1/admin', requireBearer(dependencies.adminToken));
  mount(app, '/v1/admin/reload', { post: reloadRoute(dependencies) });
  mount(app, '/v1/admin/promote', { post: promoteRoute(dependencies) });
  mount(app, '/v1/admin/rollback', { post: rollbackRoute(dependencies) });
  mount(app, '/v1/admin/retrain', {
    get: retrainRoute(dependencies),
    post: startRetrainRoute(dependencies),
  });
  mount(app, '/metrics', { get: metricsRoute(dependencies.metrics) });
}

function mountHealth(app: Express, { readiness }: AppDependencies): void {
  mount(app, '/healthz', { get: liveRoute });
  mount(app, '/readyz', { get: readyRoute(readiness) });
}

function mountFeedback(app: Express, dependencies: AppDependencies): void {
  const { limits, adminToken } = dependencies;
  mount(app, '/v1/feedback', {
    post: giveFeedbackRoute({ ...dependencies, readFeedback: createFeedbackReader(limits) }),
    get: [
      requireFeedback(dependencies),
      requireBearer(adminToken),
      listFeedbackRoute(dependencies),
    ],
  });
  mount(app, '/v1/feedback/:id', { delete: deleteFeedbackRoute(dependencies) });
}
