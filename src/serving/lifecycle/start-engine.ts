import { availableParallelism } from 'node:os';
import type { Config } from '../../common/config/config.ts';
import type { EngineName } from '../../inference/engine/engine.ts';
import { selectEngine, type SelectedEngine } from '../../inference/engine/select-engine.ts';
import { instancesFor } from '../../inference/engine/cpu.ts';
import type { Alias, ModelRegistry } from '../../registry/registry.ts';
import { taskLimitsOf } from '../../registry/loading/local-model.ts';
import type { EngineHealth } from './engine-health.ts';
import type { ServerResources } from './server-resources.ts';

/**
 * Starts the engine that the settings select among those that the alias's version lists, where its manifest can be read.
 * @throws EngineUnavailableError where no engine fits the settings and this machine
 */
export async function startEngine(
  { config, logger, metrics, registry }: ServerResources,
  health: Pick<EngineHealth, 'report'>,
): Promise<SelectedEngine> {
  const listed = await listedEngines(config, registry);
  const selected: SelectedEngine = await selectEngine({
    engine: config.ENGINE,
    device: config.DEVICE,
    threads: config.ENGINE_THREADS,
    instances: instancesFor(config.ENGINE_INSTANCES, availableParallelism()),
    ...(listed === undefined ? {} : { listed }),
    onRestart: (facts) => {
      metrics.workerRestarts.inc();
      logger.error(facts, 'engine worker restarts');
    },
    onOverrun: (facts) => health.report(facts, selected.engine.isUp ?? true),
    limits: taskLimitsOf(config),
  });
  metrics.gpuExpectedButAbsent.set(selected.gpuExpectedButAbsent ? 1 : 0);
  if (selected.gpuExpectedButAbsent) logger.warn({ reason: selected.reason }, 'no GPU is used');
  return selected;
}

async function listedEngines(
  { MODEL_NAME, MODEL_ALIAS }: Config,
  registry: ModelRegistry,
): Promise<readonly EngineName[] | undefined> {
  try {
    const alias = await knownAlias(registry, MODEL_NAME, MODEL_ALIAS);
    if (alias === undefined) return undefined;
    return (await registry.readManifest(MODEL_NAME, alias.version)).engines;
  } catch {
    // The alias watcher meets the same fault, reports it and retries.
    return undefined;
  }
}

/** Reads the alias; where the registry does not answer, returns it as it was when last read. */
async function knownAlias(
  registry: ModelRegistry,
  model: string,
  alias: string,
): Promise<Alias | undefined> {
  try {
    return await registry.readAlias(model, alias);
  } catch {
    return registry.recallAlias(model, alias);
  }
}
