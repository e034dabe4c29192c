import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import type { AliasWatcher } from '../../lifecycle/alias-watcher.ts';
import type { ModelManager } from '../../lifecycle/model-manager.ts';
import { CANARY_ALIAS, SHADOW_ALIAS, WeightError } from '../../../registry/aliases.ts';
import { NAME_PATTERN } from '../../../registry/names.ts';
import {
  AliasMovedError,
  NoSuchVersionError,
  promote,
  rollBack,
  type AliasMove,
} from '../../../registry/promotion.ts';
import type { Alias, RegistryWriter } from '../../../registry/registry.ts';
import { readJson } from '../upload/body.ts';
import type { BesideProduction } from './models-routes.ts';
import { localsOf } from '../middleware/request-context.ts';

const BODY_MAX_BYTES = 10_000;

export interface AdminRoutesDependencies {
  modelName: string;
  /** The served alias, which is also moved where a request names none. */
  modelAlias: string;
  registry: RegistryWriter;
  watcher: Pick<AliasWatcher, 'poll'>;
  models: Pick<ModelManager, 'status'>;
  traffic: BesideProduction;
}

/** The body of a rollback. */
export const moveSchema = z.strictObject({
  alias: z.string().regex(NAME_PATTERN).optional(),
  expectedVersion: z
    .int()
    .positive()
    .optional()
    .describe('the version that the alias must name now, else nothing is moved'),
  reason: z.string().max(500).optional(),
});
/** The body of a promotion. */
export const promoteSchema = moveSchema.extend({
  version: z.int().positive(),
  weight: z.number().min(0).max(1).optional().describe('for a canary: its share of the traffic'),
});

/** The answer of the admin routes: the alias, and the state of this server. */
export const adminAnswerSchema = z.object({
  alias: z
    .object({ name: z.string(), version: z.int(), previous: z.int().nullable() })
    .nullable()
    .describe('null where nothing was moved'),
  state: z.enum(['waiting', 'loading', 'serving', 'failed']),
  reason: z.string().nullable(),
});

/** `POST /v1/admin/reload`: reads the aliases now instead of at the next poll. */
export function reloadRoute(dependencies: AdminRoutesDependencies): RequestHandler {
  return async (_request, response) => {
    await dependencies.watcher.poll();
    answer(response, dependencies, null);
  };
}

/** `POST /v1/admin/promote`: moves an alias; every server that follows it loads the version. */
export function promoteRoute(dependencies: AdminRoutesDependencies): RequestHandler {
  const { registry } = dependencies;
  return async (request, response) => {
    const { version, weight, ...body } = await readJson(request, promoteSchema, BODY_MAX_BYTES);
    const move = { ...moveOf(body, dependencies, response), weight };
    await moveAlias(response, dependencies, move, () => promote(registry, version, move));
  };
}

/** `POST /v1/admin/rollback`: moves an alias back to its previous version. */
export function rollbackRoute(dependencies: AdminRoutesDependencies): RequestHandler {
  const { registry } = dependencies;
  return async (request, response) => {
    const body = await readJson(request, moveSchema, BODY_MAX_BYTES);
    const move = moveOf(body, dependencies, response);
    await moveAlias(response, dependencies, move, () => rollBack(registry, move));
  };
}

function moveOf(
  { alias, expectedVersion, reason }: z.infer<typeof moveSchema>,
  { modelName, modelAlias }: AdminRoutesDependencies,
  response: Response,
): AliasMove {
  const { requestId } = localsOf(response);
  return {
    model: modelName,
    alias: alias ?? modelAlias,
    expect: expectedVersion,
    by: `admin request ${requestId}`,
    reason: reason ?? '',
  };
}

async function moveAlias(
  response: Response,
  dependencies: AdminRoutesDependencies,
  { alias }: AliasMove,
  work: () => Promise<Alias>,
): Promise<void> {
  const { version, previous } = await work().catch(translate);
  await dependencies.watcher.poll();
  answer(response, dependencies, { name: alias, version, previous });
}

/** @throws ServiceError for errors that have a code in the error table, else the error itself */
function translate(error: unknown): never {
  if (error instanceof AliasMovedError) throw new ServiceError('alias_moved', error.message);
  if (error instanceof WeightError) throw new ServiceError('malformed_request', error.message);
  if (error instanceof NoSuchVersionError) throw new ServiceError('model_not_found', error.message);
  throw error;
}

function answer(
  response: Response,
  dependencies: AdminRoutesDependencies,
  alias: z.infer<typeof adminAnswerSchema>['alias'],
): void {
  const { state, reason } = followerOf(alias?.name, dependencies).status;
  response.json({ alias, state, reason: reason ?? null });
}

/** The manager that follows the alias; production's for any other alias. */
function followerOf(
  alias: string | undefined,
  { models, traffic }: AdminRoutesDependencies,
): Pick<ModelManager, 'status'> {
  if (alias === CANARY_ALIAS && traffic.canary !== undefined) return traffic.canary.manager;
  if (alias === SHADOW_ALIAS && traffic.shadow !== undefined) return traffic.shadow.manager;
  return models;
}
