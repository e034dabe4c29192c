import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Metrics } from '../../../common/metrics/metrics.ts';
import type { Tracing } from '../../../common/tracing.ts';
import type { RegistryWriter } from '../../../registry/registry.ts';
import type { ModelManager } from '../../lifecycle/model-manager.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import type { StatisticsCollector } from '../../predict/version-statistics.ts';
import { mountProtocol } from '../inference-protocol/infer-route.ts';
import { accessLog } from '../middleware/access-log.ts';
import type { ActiveRequests } from '../middleware/admission.ts';
import { requireBearer } from '../middleware/api-keys.ts';
import { requireHost } from '../middleware/allowed-hosts.ts';
import { errorHandler } from '../middleware/error-handler.ts';
import { keyGuards, protect, trustProxies, type Protection } from '../middleware/protection.ts';
import { RefusedKeys } from '../middleware/refused-keys.ts';
import { beginRequest } from '../middleware/request-context.ts';
import { refuseOtherOrigins } from '../middleware/same-origin.ts';
import { describeApi, openApiRoute } from '../openapi/face-age-api.ts';
import {
  promoteRoute,
  reloadRoute,
  rollbackRoute,
  type AdminRoutesDependencies,
} from '../routes/admin-routes.ts';
import {
  deleteFeedbackRoute,
  giveFeedbackRoute,
  listFeedbackRoute,
  requireFeedback,
  type FeedbackRoutesDependencies,
} from '../routes/feedback-routes.ts';
import { liveRoute, readyRoute, metricsRoute } from '../routes/health-routes.ts';
import {
  modelsRoute,
  modelVersionRoute,
  type ModelsRoutesDependencies,
} from '../routes/models-routes.ts';
import {
  docsFileRoute,
  docsPageRoute,
  pageFileRoute,
  pageRoute,
  pageSecurity,
} from '../routes/page-routes.ts';
import { predictRoute } from '../routes/predict-route.ts';
import {
  retrainRoute,
  startRetrainRoute,
  type RetrainRoutesDependencies,
} from '../routes/retrain-routes.ts';
import { createFeedbackReader } from '../upload/feedback-upload.ts';
import { createPhotoReader } from '../upload/photo-upload.ts';
import type { UploadBudget } from '../upload/upload-budget.ts';
import type { UploadLimits } from '../upload/upload-limits.ts';
import { closeWhileDraining, type Readiness } from './readiness.ts';
import { mount, refuseRoute } from './routing.ts';

export interface AppDependencies
  extends
    ModelsRoutesDependencies,
    AdminRoutesDependencies,
    RetrainRoutesDependencies,
    FeedbackRoutesDependencies {
  /** The token of the admin routes, which are closed without one. */
  adminToken: string | undefined;
  registry: RegistryWriter;
  models: Pick<ModelManager, 'status'>;
  /** The header that identifies the client where several versions share the traffic. */
  clientKeyHeader: string;
  protection: Protection;
  /** Whether the app of `createAdminApp` answers admin routes and metrics instead. */
  adminElsewhere: boolean;
  metrics: Metrics;
  limits: UploadLimits;
  uploads: UploadBudget;
  predictions: Pick<PredictService, 'predict' | 'estimate' | 'describe' | 'assertRoom'>;
  statistics: Pick<StatisticsCollector, 'of'>;
  readiness: Readiness;
  active: ActiveRequests;
  /** Undefined where no traces are collected. */
  tracing?: Pick<Tracing, 'begin'> | undefined;
}

/** Creates the Express app of the service. It never listens. */
export function createApp(dependencies: AppDependencies): Express {
  const { limits, uploads } = dependencies;
  const app = beginApp(dependencies);
  const refused = new RefusedKeys();
  const keys = keyGuards({ ...dependencies, refused });
  protect(app, dependencies.protection, keys);

  mount(app, '/v1/predict', {
    post: predictRoute({ ...dependencies, readPhotos: createPhotoReader(limits, uploads) }),
  });
  mountProtocol(app, dependencies);
  mount(app, '/v1/models', { get: modelsRoute(dependencies) });
  mount(app, '/v1/models/:version', { get: modelVersionRoute(dependencies) });
  mountFeedback(app, dependencies, refused);
  if (!dependencies.adminElsewhere) {
    mountAdmin(app, dependencies, refused);
    mount(app, '/metrics', { get: [...keys, metricsRoute(dependencies.metrics)] });
  }
  mountHealth(app, dependencies);
  mount(app, '/openapi.json', { get: openApiRoute(describeApi) });
  mount(app, '/', { get: [pageSecurity({ ownPictures: true }), pageRoute] });
  mount(app, '/page/:file', { get: [pageSecurity(), pageFileRoute] });
  mount(app, '/docs', { get: [pageSecurity(), docsPageRoute] });
  mount(app, '/docs/:file', { get: [pageSecurity(), docsFileRoute] });

  return endApp(app, dependencies);
}

/** Creates the app of the admin port: admin routes, metrics, and health. Its metrics need no key. */
export function createAdminApp(dependencies: AppDependencies): Express {
  const app = beginApp(dependencies);
  trustProxies(app, dependencies.protection);
  mountAdmin(app, dependencies, new RefusedKeys());
  mount(app, '/metrics', { get: metricsRoute(dependencies.metrics) });
  mountHealth(app, dependencies);
  return endApp(app, dependencies);
}

function beginApp(dependencies: AppDependencies): Express {
  const { logger, metrics, readiness, tracing, protection } = dependencies;
  const app = express();
  app.set('query parser', 'simple').set('etag', false).disable('x-powered-by');
  app.use(
    beginRequest(tracing),
    accessLog(logger, metrics),
    closeWhileDraining(readiness),
    helmet(),
  );
  if (protection.allowedHosts !== undefined) app.use(requireHost(protection.allowedHosts));
  return app;
}

function endApp(app: Express, { logger, metrics }: AppDependencies): Express {
  return app.use(refuseRoute, errorHandler(logger, metrics));
}

function mountAdmin(app: Express, dependencies: AppDependencies, refused: RefusedKeys): void {
  app.use('/v1/admin', refuseOtherOrigins(dependencies.protection.origins));
  app.use('/v1/admin', requireBearer(dependencies.adminToken, refused));
  mount(app, '/v1/admin/reload', { post: reloadRoute(dependencies) });
  mount(app, '/v1/admin/promote', { post: promoteRoute(dependencies) });
  mount(app, '/v1/admin/rollback', { post: rollbackRoute(dependencies) });
  mount(app, '/v1/admin/retrain', {
    get: retrainRoute(dependencies),
    post: startRetrainRoute(dependencies),
  });
}

function mountHealth(app: Express, { readiness }: AppDependencies): void {
  mount(app, '/healthz', { get: liveRoute });
  mount(app, '/readyz', { get: readyRoute(readiness) });
}

function mountFeedback(app: Express, dependencies: AppDependencies, refused: RefusedKeys): void {
  const { limits, uploads, adminToken, protection } = dependencies;
  app.use('/v1/feedback', refuseOtherOrigins(protection.origins));
  mount(app, '/v1/feedback', {
    post: giveFeedbackRoute({
      ...dependencies,
      readFeedback: createFeedbackReader(limits, uploads),
    }),
    get: [
      requireFeedback(dependencies),
      requireBearer(adminToken, refused),
      listFeedbackRoute(dependencies),
    ],
  });
  mount(app, '/v1/feedback/:id', { delete: deleteFeedbackRoute(dependencies) });
}
