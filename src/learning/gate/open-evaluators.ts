import type { ModelConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import { EngineUnavailableError } from '../../inference/engine/engine.ts';
import { RegistryError } from '../../registry/registry.ts';
import { openArtifactEvaluator, type Evaluator } from '../evaluation/evaluators.ts';

/** The versions of a gate, loaded as a server loads them. */
export interface Evaluators {
  champion: Evaluator | undefined;
  challenger: Evaluator;
}

/** A challenger that a server would refuse. */
export class UnservableError extends Error {
  override readonly name = 'UnservableError';
}

/**
 * Loads both versions for as long as `use` runs.
 * @throws UnservableError where the challenger's load fails and nothing else is to blame; what loading the champion throws
 */
export async function withEvaluators<Result>(
  { model, champion, challenger }: { model: string; champion: number | null; challenger: number },
  config: ModelConfig,
  use: (evaluators: Evaluators) => Promise<Result>,
): Promise<Result> {
  const open = (version: number) =>
    openArtifactEvaluator(String(version), { ...config, MODEL_NAME: model });
  const old = champion === null ? undefined : await open(champion);
  try {
    const fresh = await open(challenger).catch(unservable(challenger));
    try {
      return await use({ champion: old, challenger: fresh });
    } finally {
      await fresh.close();
    }
  } finally {
    await old?.close();
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
