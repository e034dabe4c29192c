import type { RequestHandler } from 'express';
import type { ErrorCode } from '../../../common/errors.ts';
import { programVersion } from '../../../common/program-version.ts';
import { problemDocumentSchema } from '../../predict/answer.ts';
import { protocolFaultSchema } from '../inference-protocol/protocol-schemas.ts';
import { isGuarded } from '../middleware/protection.ts';
import { type OpenApiDocument, writeDocument } from './document.ts';
import type { Operation } from './operation.ts';
import { adminOperations } from './operations/admin.ts';
import { feedbackOperations } from './operations/feedback.ts';
import { healthOperations } from './operations/health.ts';
import { modelOperations } from './operations/models.ts';
import { predictOperations } from './operations/predict.ts';
import { protocolOperations } from './operations/protocol.ts';
import { apiSchemas } from './schemas.ts';

/** Errors of API keys and rate limits, where the operator has set them. */
const refusals: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'rate_limited'];

/** Adds the errors that may occur before the route is reached. */
export function guarded(operation: Operation): Operation {
  if (!isGuarded(operation.path) && operation.path !== '/metrics') return operation;
  const faults = [...new Set([...operation.faults, ...refusals])];
  return { ...operation, faults, mayNeedKey: true };
}

/**
 * `GET /openapi.json`
 * @param describe called once, at the first request: at startup only loading the model would take longer
 */
export function openApiRoute(describe: () => OpenApiDocument): RequestHandler {
  let text: string | undefined;
  return (_request, response) => {
    text ??= JSON.stringify(describe());
    response.type('application/json').send(text);
  };
}

/** The service's OpenAPI document. A test fails for a mounted route that it does not describe. */
export function describeApi(): OpenApiDocument {
  return writeDocument({
    info: {
      title: 'face-age',
      version: programVersion,
      description:
        'Answers with the probability of each age bucket for a face photo. Errors are RFC 9457 problem documents ' +
        'whose `code` is stable and whose `detail` says what to do.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: {
      predictions: 'Photos in, ages out',
      models: 'Which version answers',
      'inference protocol': 'The Open Inference Protocol v2 of KServe, Triton and Seldon',
      feedback: 'True ages, for the next training',
      admin: 'For operators, with ADMIN_TOKEN as a bearer token',
      operation: 'For monitoring',
    },
    operations: [
      ...predictOperations,
      ...modelOperations,
      ...protocolOperations,
      ...feedbackOperations,
      ...adminOperations,
      ...healthOperations,
    ].map(guarded),
    schemas: apiSchemas,
    faults: {
      problem: { mediaType: 'application/problem+json', schema: problemDocumentSchema },
      protocol: { mediaType: 'application/json', schema: protocolFaultSchema },
    },
  });
}
