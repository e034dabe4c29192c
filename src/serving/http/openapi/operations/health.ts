import { liveAnswerSchema, readyAnswerSchema } from '../../routes/health-routes.ts';
import type { Operation } from '../operation.ts';

export const healthOperations: readonly Operation[] = [
  {
    id: 'isLive',
    method: 'get',
    path: '/healthz',
    tag: 'operation',
    summary: '200 while the process is alive',
    answers: { 200: { description: 'Live', content: { 'application/json': liveAnswerSchema } } },
    faults: [],
  },
  {
    id: 'isReady',
    method: 'get',
    path: '/readyz',
    tag: 'operation',
    summary: '200 when a model is warm; 503 before that and while shutting down',
    answers: { 200: { description: 'Ready', content: { 'application/json': readyAnswerSchema } } },
    faults: ['model_not_ready', 'shutting_down'],
  },
  {
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag: 'operation',
    summary: 'Prometheus metrics, prefix `face_age_`',
    answers: { 200: { description: 'Metrics', content: { 'text/plain': { type: 'string' } } } },
    faults: [],
  },
  {
    id: 'getOpenApi',
    method: 'get',
    path: '/openapi.json',
    tag: 'operation',
    summary: 'This document',
    answers: {
      200: { description: 'OpenAPI', content: { 'application/json': { type: 'object' } } },
    },
    faults: [],
  },
];
