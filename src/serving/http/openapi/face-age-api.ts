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

/** What API keys and rate limits, where the operator has set them, answer in place of a route. */
const refusals: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'rate_limited'];

/** Adds what may be refused before the route is reached. */
export function guarded(operation: Operation): Operation {
  if (!isGuarded(operation.path)) return operation;
  const faults = [...new Set([...operation.faults, ...refusals])];
  return { ...operation, faults, mayNeedKey: true };
}

/**
 * `GET /openapi.json`
 * @param describe asked once, for the first request: it takes longer than anything else of a start but the model
 */
export function openApiRoute(describe: () => OpenApiDocument): RequestHandler {
  let text: string | undefined;
  return (_request, response) => {
    text ??= JSON.stringify(describe());
    response.type('application/json').send(text);
  };
}

/** The service's OpenAPI document. A route that is mounted and not described here fails a test. */
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
      'inference protocol': 'The Open Inference Protocol v2, as KServe, Triton and Seldon speak it',
      feedback: 'True ages, for the next training',
      admin: 'For the operator, with ADMIN_TOKEN as a bearer token',
      operation: 'For machines that watch the service',
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
