import { problemDocumentSchema } from '../../predict/answer.ts';
import { programVersion } from '../../common/program-version.ts';
import { protocolFaultSchema } from '../inference-protocol/protocol-schemas.ts';
import { writeDocument, type OpenApiDocument } from './document.ts';
import { guarded } from './guarded.ts';
import { adminOperations } from './operations/admin.ts';
import { feedbackOperations } from './operations/feedback.ts';
import { healthOperations } from './operations/health.ts';
import { modelOperations } from './operations/models.ts';
import { predictOperations } from './operations/predict.ts';
import { protocolOperations } from './operations/protocol.ts';
import { apiSchemas } from './schemas.ts';

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
