import type { ModelConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import { EngineUnavailableError } from '../../inference/engine/engine.ts';
import { RegistryError } from '../../registry/registry.ts';
import { openArtifactEvaluator, type Evaluator } from '../evaluation/evaluators.ts';

/** The versions of a gate, loaded in the same way as by a server. */
export interface Evaluators {
  champion: Evaluator | undefined;
  challenger: Evaluator;
}

/** A server could not load the challenger. */
export class UnservableError extends Error {
  override readonly name = 'UnservableError';
}

/**
 * Loads both versions, runs `use`, and closes them.
 * @throws UnservableError if the challenger itself cannot be loaded; RegistryError or EngineUnavailableError if the
 * registry or the engine fails; any error of loading the champion
 */
export async function withEvaluators<Result>(
  { model, champion, challenger }: { model: string; champion: number | null; challenger: number },
  config: ModelConfig,
  use: (evaluators: Evaluators) => Promise<Result>,
): Promise<Result> {
  const open = (version: number) =>
    openArtifactEvaluator(String(version), { ...config, MODEL_NAME: model });
  const championEvaluator = champion === null ? undefined : await open(champion);
  try {
    const challengerEvaluator = await open(challenger).catch(unservable(challenger));
    try {
      return await use({ champion: championEvaluator, challenger: challengerEvaluator });
    } finally {
      await challengerEvaluator.close();
    }
  } finally {
    await championEvaluator?.close();
  }
}

function unservable(version: number) {
  return (error: unknown): never => {
    if (error instanceof RegistryError || error instanceof EngineUnavailableError) throw error;
    throw new UnservableError(`version ${version} cannot be served: ${messageOf(error)}`, {
      cause: error,
    });
  };
}
