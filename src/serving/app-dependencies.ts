import type { Config } from '../common/config/config.ts';
import { ActiveRequests } from './http/middleware/admission.ts';
import type { Protection } from './http/middleware/protection.ts';
import type { AppDependencies } from './http/server/app.ts';
import { Readiness } from './http/server/readiness.ts';
import { UploadBudget } from './http/upload/upload-budget.ts';
import type { ServingContext } from './serving-context.ts';

/** What the HTTP apps and the load shedder need: the parts of the server, and its settings as plain options. */
export function appDependencies(context: ServingContext) {
  const { config, production, feedback, engineHealth } = context;
  return {
    ...context,
    modelName: config.MODEL_NAME,
    modelAlias: config.MODEL_ALIAS,
    adminToken: config.ADMIN_TOKEN,
    adminElsewhere: config.ADMIN_PORT !== undefined,
    protection: protectionOf(config),
    clientKeyHeader: config.CANARY_KEY_HEADER,
    limits: {
      uploadMaxBytes: config.UPLOAD_MAX_BYTES,
      requestMaxBytes: config.REQUEST_MAX_BYTES,
      maxImages: config.MAX_IMAGES,
    },
    uploads: new UploadBudget(config.UPLOAD_MEMORY_BYTES),
    models: production,
    feedback: feedback.service,
    readiness: new Readiness(production, engineHealth),
    active: new ActiveRequests(config.REQUEST_DEADLINE_MS),
  } satisfies AppDependencies;
}

function protectionOf(config: Config): Protection {
  return {
    apiKeys: config.API_KEYS,
    ratePerMinute: config.RATE_LIMIT_PER_MINUTE,
    origins: config.CORS_ORIGINS,
    allowedHosts: config.ALLOWED_HOSTS,
    trustProxy: config.TRUST_PROXY,
  };
}
