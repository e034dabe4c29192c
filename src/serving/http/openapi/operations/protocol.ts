import type { ErrorCode } from '../../../../common/errors.ts';
import {
  indexRequestSchema,
  inferAnswerSchema,
  inferRequestSchema,
  modelMetadataSchema,
  modelReadySchema,
  modelStatsSchema,
  repositoryIndexSchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
} from '../../inference-protocol/protocol-schemas.ts';
import type { Operation, Parameter } from '../operation.ts';
import { inferenceFaults, photoFaults, photoFile } from './predict.ts';

const common = { tag: 'inference protocol', faultShape: 'protocol' } as const;

const server: readonly Operation[] = [
  {
    ...common,
    id: 'serverMetadata',
    method: 'get',
    path: '/v2',
    summary: 'The server and the extensions it knows',
    answers: {
      200: { description: 'The server', content: { 'application/json': serverMetadataSchema } },
    },
    faults: [],
  },
  {
    ...common,
    id: 'serverLive',
    method: 'get',
    path: '/v2/health/live',
    summary: '200 while the process lives',
    answers: { 200: { description: 'Live', content: { 'application/json': serverLiveSchema } } },
    faults: [],
  },
  {
    ...common,
    id: 'serverReady',
    method: 'get',
    path: '/v2/health/ready',
    summary: '200 when a model is warm',
    answers: { 200: { description: 'Ready', content: { 'application/json': serverReadySchema } } },
    faults: ['model_not_ready', 'shutting_down'],
  },
  {
    ...common,
    id: 'repositoryIndex',
    method: 'post',
    path: '/v2/repository/index',
    summary: 'Every version, and whether it is loaded here',
    body: { required: false, content: { 'application/json': indexRequestSchema } },
    answers: {
      200: { description: 'Versions', content: { 'application/json': repositoryIndexSchema } },
    },
    faults: ['malformed_request', 'request_too_large', 'registry_unavailable'],
  },
];

const lookUpFaults: readonly ErrorCode[] = [
  'model_not_found',
  'model_not_loaded',
  'model_not_ready',
  'registry_unavailable',
];

const inferBody = {
  required: true,
  content: {
    'application/json': inferRequestSchema,
    'application/octet-stream': {
      type: 'string',
      format: 'binary',
      description: 'JSON followed by tensors; or, with a header length of 0, a photo',
    },
    'image/jpeg': photoFile,
  },
};

/** The path of a model, with or without its version. */
interface ModelPath {
  suffix: string;
  path: string;
  pathParameters: Record<string, Parameter>;
}

function readOperations({ suffix, path, pathParameters }: ModelPath): Operation[] {
  const get = { ...common, pathParameters, method: 'get', faults: lookUpFaults } as const;
  return [
    {
      ...get,
      id: `modelMetadata${suffix}`,
      path,
      summary: 'Its inputs and outputs',
      answers: {
        200: { description: 'The model', content: { 'application/json': modelMetadataSchema } },
      },
    },
    {
      ...get,
      id: `modelReady${suffix}`,
      path: `${path}/ready`,
      summary: '200 where it is loaded',
      answers: { 200: { description: 'Ready', content: { 'application/json': modelReadySchema } } },
    },
    {
      ...get,
      id: `modelStats${suffix}`,
      path: `${path}/stats`,
      summary: 'Its statistics since the server started',
      answers: {
        200: { description: 'Figures', content: { 'application/json': modelStatsSchema } },
      },
    },
  ];
}

const inferFaults: readonly ErrorCode[] = [
  'malformed_request',
  'no_image',
  'request_too_large',
  'too_many_images',
  'unsupported_media_type',
  'invalid_query',
  ...lookUpFaults,
  ...photoFaults,
  ...inferenceFaults,
];

const inferAnswers: Operation['answers'] = {
  200: {
    description: 'The requested outputs',
    content: {
      'application/json': inferAnswerSchema,
      'application/octet-stream': { type: 'string', format: 'binary' },
    },
  },
};

const inferOperation = ({ suffix, path, pathParameters }: ModelPath): Operation => ({
  ...common,
  pathParameters,
  id: `infer${suffix}`,
  method: 'post',
  path: `${path}/infer`,
  summary: 'Estimate the age in photos, or in the network’s own input',
  headers: {
    'Inference-Header-Content-Length': {
      description: 'bytes of JSON before the binary tensors; 0 where the body is one photo',
      schema: { type: 'integer', minimum: 0 },
    },
  },
  body: inferBody,
  answers: inferAnswers,
  faults: [...new Set(inferFaults)],
});

const name: Parameter = {
  description: 'the model’s name',
  schema: { type: 'string', examples: ['face-age'] },
};
const version: Parameter = {
  description: 'a version or an alias that is loaded',
  schema: { type: 'string', examples: ['3', 'production'] },
};

const modelPaths: readonly ModelPath[] = [
  { suffix: '', path: '/v2/models/{name}', pathParameters: { name } },
  {
    suffix: 'Version',
    path: '/v2/models/{name}/versions/{version}',
    pathParameters: { name, version },
  },
];

export const protocolOperations: readonly Operation[] = [
  ...server,
  ...modelPaths.flatMap((each) => [...readOperations(each), inferOperation(each)]),
];
