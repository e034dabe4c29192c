import type { ErrorCode } from '../../../../common/errors.ts';
import { adminAnswerSchema, moveSchema, promoteSchema } from '../../routes/admin-routes.ts';
import { retrainAnswerSchema, startRetrainSchema } from '../../routes/retrain-routes.ts';
import type { Operation } from '../operation.ts';

const locked: readonly ErrorCode[] = ['unauthorized', 'admin_off', 'forbidden', 'rate_limited'];
const lockedWrite: readonly ErrorCode[] = ['cross_origin', ...locked];
const badBody: readonly ErrorCode[] = ['malformed_request', 'request_too_large'];
const moved = {
  200: {
    description: 'The version that the alias names, and what this server has done about it',
    content: { 'application/json': adminAnswerSchema },
  },
};
const retraining = { content: { 'application/json': retrainAnswerSchema } };

const common = { tag: 'admin', admin: true } as const;

export const adminOperations: readonly Operation[] = [
  {
    ...common,
    id: 'reload',
    method: 'post',
    path: '/v1/admin/reload',
    summary: 'Read the aliases now instead of at the next poll',
    answers: moved,
    faults: lockedWrite,
  },
  {
    ...common,
    id: 'promote',
    method: 'post',
    path: '/v1/admin/promote',
    summary: 'Move an alias to a version',
    body: { required: true, content: { 'application/json': promoteSchema } },
    answers: moved,
    faults: [...badBody, ...lockedWrite, 'model_not_found', 'alias_moved', 'registry_unavailable'],
  },
  {
    ...common,
    id: 'rollBack',
    method: 'post',
    path: '/v1/admin/rollback',
    summary: 'Move an alias back to its previous version',
    body: { required: false, content: { 'application/json': moveSchema } },
    answers: moved,
    faults: [...badBody, ...lockedWrite, 'model_not_found', 'alias_moved', 'registry_unavailable'],
  },
  {
    ...common,
    id: 'startRetraining',
    method: 'post',
    path: '/v1/admin/retrain',
    summary: 'Start a retraining in a separate process',
    body: { required: false, content: { 'application/json': startRetrainSchema } },
    answers: {
      202: {
        description: 'It has started',
        headers: { Location: 'where its progress is shown' },
        ...retraining,
      },
    },
    faults: [...badBody, ...lockedWrite, 'retrain_running', 'cannot_train', 'shutting_down'],
  },
  {
    ...common,
    id: 'getRetraining',
    method: 'get',
    path: '/v1/admin/retrain',
    summary: 'The progress of the retraining, and the result of the last one',
    answers: { 200: { description: 'The state', ...retraining } },
    faults: locked,
  },
];
