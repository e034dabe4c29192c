import type { RequestHandler } from 'express';
import { sleep } from '../../../common/clock.ts';
import { ServiceError } from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import { hideLocations } from '../../../common/text/hide-locations.ts';
import { ownValue } from '../../../common/own-value.ts';
import type { Device, EngineName } from '../../../inference/engine/engine.ts';
import { publicManifest } from '../../../registry/manifest.ts';
import { RegistryError, type Alias, type ModelRegistry } from '../../../registry/registry.ts';
import type { DriftMonitor } from '../../drift/drift-monitor.ts';
import type { ModelStatus } from '../../lifecycle/model-handle.ts';
import type { ModelManager } from '../../lifecycle/model-manager.ts';
import type { Canary } from '../../traffic/canary.ts';
import type { Shadow } from '../../traffic/shadow.ts';
import { isAdmin } from '../middleware/api-keys.ts';
import {
  toDrift,
  toFollowed,
  toSplit,
  type ModelsAnswer,
  type VersionAnswer,
} from './models-answer.ts';

/** The versions beside production; undefined where this server does not follow their alias. */
export interface BesideProduction {
  canary: Pick<Canary, 'manager' | 'weight' | 'share'> | undefined;
  shadow: Pick<Shadow, 'manager'> | undefined;
}

export interface ModelsRoutesDependencies {
  modelName: string;
  /** Who has it sees where things are. */
  adminToken: string | undefined;
  registry: ModelRegistry;
  models: Pick<ModelManager, 'status'>;
  traffic: BesideProduction;
  /** Undefined where drift is not watched. */
  drift?: Pick<DriftMonitor, 'status'> | undefined;
  engine: { name: EngineName; device: Device; reason: string };
  logger: Logger;
}

/** How long an answer about the loaded models waits for the registry. */
const REGISTRY_MAX_WAIT_MS = 2000;

/** `GET /v1/models`. Without the registry it still answers with what is loaded. */
export function modelsRoute(dependencies: ModelsRoutesDependencies): RequestHandler {
  const { modelName, registry, models, traffic, drift, engine, logger } = dependencies;
  return async (request, response) => {
    const [versions, aliases] = await Promise.race([
      Promise.all([registry.listVersions(modelName), registry.listAliases(modelName)]),
      rejectAfter(REGISTRY_MAX_WAIT_MS),
    ]).catch((error: unknown) => {
      // The alias watcher has already logged it.
      logger.debug({ err: error }, 'registry does not answer');
      return [null, null] as const;
    });
    const { status } = models;
    const answer: ModelsAnswer = {
      name: modelName,
      registry: registry.location,
      ...toFollowed(status),
      standby: status.standby ?? null,
      ...besideProduction(status, traffic),
      drift: toDrift(drift?.status),
      engine: { name: engine.name, device: engine.device, reason: engine.reason },
      versions,
      aliases: aliases && versionsOf(aliases),
    };
    response.json(isAdmin(request, dependencies.adminToken) ? answer : withoutLocations(answer));
  };
}

/** The answer for those who are not administrators. */
function withoutLocations(answer: ModelsAnswer): ModelsAnswer {
  const { registry, engine, canary, shadow, ...rest } = answer;
  return {
    ...rest,
    ...hideReasons(answer),
    registry: registry.startsWith('s3://') ? 's3' : 'folder',
    engine: { ...engine, reason: hideLocations(engine.reason) },
    canary: canary && { ...canary, ...hideReasons(canary) },
    shadow: shadow && { ...shadow, ...hideReasons(shadow) },
  };
}

function hideReasons({ reason, current }: Pick<ModelsAnswer, 'reason' | 'current'>) {
  const precisionReason = hideLocations(current?.precisionReason ?? '');
  return {
    reason: reason && hideLocations(reason),
    current: current && { ...current, precisionReason },
  };
}

function besideProduction(
  status: ModelStatus,
  { canary, shadow }: BesideProduction,
): Pick<ModelsAnswer, 'split' | 'canary' | 'shadow'> {
  if (canary === undefined) {
    return { split: toSplit(status), canary: null, shadow: followedOrNull(shadow) };
  }
  const { share, weight, manager } = canary;
  return {
    split: toSplit(status, { share, status: manager.status }),
    canary: { ...toFollowed(manager.status), weight: weight ?? null },
    shadow: followedOrNull(shadow),
  };
}

function followedOrNull(side: BesideProduction['shadow']): ModelsAnswer['shadow'] {
  return side === undefined ? null : toFollowed(side.manager.status);
}

async function rejectAfter(ms: number): Promise<never> {
  await sleep(ms);
  throw new RegistryError(`no answer within ${ms} ms`);
}

/** `GET /v1/models/:version`, by number or alias, loaded or not */
export function modelVersionRoute(dependencies: ModelsRoutesDependencies): RequestHandler {
  const { modelName, registry, models, traffic } = dependencies;
  return async (request, response) => {
    const wanted = String(request.params.version);
    const aliases = versionsOf(await registry.listAliases(modelName));
    const versions = await registry.listVersions(modelName);
    const version = ownValue(aliases, wanted) ?? versions.find((known) => String(known) === wanted);
    if (version === undefined) {
      throw new ServiceError(
        'model_not_found',
        `There is no version or alias "${wanted.slice(0, 64)}".`,
      );
    }
    const manifest = await registry.readManifest(modelName, version);
    const answer: VersionAnswer = {
      name: modelName,
      version,
      loaded: [models, traffic.canary?.manager, traffic.shadow?.manager].some(
        (manager) => manager?.status.current?.model.manifest.version === version,
      ),
      aliases: Object.keys(aliases).filter((alias) => aliases[alias] === version),
      metrics: manifest.metrics,
      manifest: publicManifest(manifest),
    };
    response.json(answer);
  };
}

function versionsOf(aliases: Record<string, Alias>): Record<string, number> {
  return Object.fromEntries(Object.entries(aliases).map(([name, { version }]) => [name, version]));
}
