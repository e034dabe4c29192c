import { modelsAnswerSchema, versionAnswerSchema } from '../../routes/models-answer.ts';
import type { Operation } from '../operation.ts';

export const modelOperations: readonly Operation[] = [
  {
    id: 'listModels',
    method: 'get',
    path: '/v1/models',
    tag: 'models',
    summary: 'The serving and the desired version, and why they may differ',
    answers: {
      200: { description: 'The state', content: { 'application/json': modelsAnswerSchema } },
    },
    faults: [],
  },
  {
    id: 'getModelVersion',
    method: 'get',
    path: '/v1/models/{version}',
    tag: 'models',
    summary: 'A version’s manifest and figures, loaded or not',
    pathParameters: {
      version: {
        description: 'a version or an alias',
        schema: { type: 'string', examples: ['production', '3'] },
      },
    },
    answers: {
      200: { description: 'The version', content: { 'application/json': versionAnswerSchema } },
    },
    faults: ['model_not_found', 'registry_unavailable'],
  },
];
