import { rm } from 'node:fs/promises';
import { loadTensorFlow, type TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec } from '../../inference/preprocess/spec.ts';
import { registryOptionsOf } from '../../registry/open-registry.ts';
import type { RetrainConfig } from '../../common/config/config.ts';
import type { Ingredient } from '../../registry/manifest.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { CheckpointMismatchError } from '../training/checkpoint.ts';
import { checkIngredients } from '../training/ingredients.ts';
import { completeRecipe } from '../training/recipe.ts';
import type { StepReport, TrainedModel } from '../training/trainer.ts';
import { warmStartFrom, WarmStartError, type Beginning } from '../training/warm-start.ts';
import { runTraining, type RunParts } from '../training/run-training.ts';
import { mainFigures } from '../evaluation/text-table.ts';
import { writeTrained } from '../training/publication/write-trained.ts';
import type { Fetched } from './inputs.ts';
import type { RunFolder } from './run-folder.ts';
import type { RetrainOptions } from './retrain-options.ts';

export interface ChallengerParts {
  options: RetrainOptions;
  config: RetrainConfig;
  runFolder: RunFolder;
  fetched: Fetched;
  runId: string;
  /** Ends training after the current step, with a checkpoint. */
  stop: AbortSignal;
  log: (text: string) => void;
  onStep: (report: StepReport) => void;
  /** Throws if this run must not publish. */
  confirm: () => Promise<void>;
}

/** A trained network that is not published yet. */
export interface Challenger {
  /** What its weights were initialized from, as text. */
  start: string;
  /** @returns the number of the version */
  publish: () => Promise<number>;
}

/** Trains from the weights of the champion if its network fits (warm start), otherwise from random weights. */
export async function trainChallenger(parts: ChallengerParts): Promise<Challenger> {
  const tf = loadTensorFlow();
  const { champion, overrides } = parts.fetched;
  const { start, ...beginning } = await initialize(tf, champion, overrides);
  parts.log(`starts from ${start}`);
  const run = runPartsOf(parts, beginning);
  const derivedFrom = await checkIngredients({
    recipe: run.recipe,
    photos: parts.options,
    parent: beginning.from === undefined ? null : champion!.manifest,
    registry: run.registry,
  });
  const trained = await trainFromCheckpoint(tf, run, parts);
  return { start, publish: () => publish(tf, parts, { ...beginning, derivedFrom }, trained) };
}

type Initialization = Pick<Beginning, 'recipe'> & { from: Beginning['start'] };

async function initialize(
  tf: TensorFlow,
  champion: LocalArtifact | null,
  overrides: Record<string, unknown>,
): Promise<Initialization & Pick<Challenger, 'start'>> {
  const scratch = { recipe: completeRecipe(overrides), from: undefined };
  if (champion === null)
    return { ...scratch, start: 'random weights, because no version serves yet' };
  const { version } = champion.manifest;
  try {
    const { recipe, start } = await warmStartFrom(tf, champion, overrides, defaultPreprocessSpec);
    return { recipe, from: start, start: `version ${version}` };
  } catch (error) {
    if (!(error instanceof WarmStartError)) throw error;
    const reason = `because version ${version} does not allow a warm start: ${error.message}`;
    return { ...scratch, start: `random weights, ${reason}` };
  }
}

function runPartsOf(
  { options, config, runFolder, fetched, stop, log, onStep }: ChallengerParts,
  { recipe, from }: Initialization,
): RunParts {
  return {
    options: {
      checkpoint: runFolder.checkpoint,
      checkpointEvery: options.checkpointEvery,
      tensorboard: runFolder.tensorboard,
      resume: true,
    },
    recipe,
    start: from,
    photos: fetched.photos,
    registry: {
      location: config.MODEL_REGISTRY,
      name: options.name,
      alias: options.alias,
      options: registryOptionsOf(config),
    },
    stop,
    log,
    onStep,
  };
}

/** Resumes from the checkpoint; discards it if this build cannot resume from it. */
async function trainFromCheckpoint(
  tf: TensorFlow,
  run: RunParts,
  { runFolder, log }: Pick<ChallengerParts, 'runFolder' | 'log'>,
): Promise<TrainedModel> {
  try {
    return await runTraining(tf, run);
  } catch (error) {
    if (!(error instanceof CheckpointMismatchError)) throw error;
    log(`training starts from the beginning: ${error.message}`);
    await rm(runFolder.checkpoint, { force: true });
    return runTraining(tf, run);
  }
}

async function publish(
  tf: TensorFlow,
  { options, runFolder, fetched, runId, confirm, log }: ChallengerParts,
  { recipe, from, derivedFrom }: Initialization & { derivedFrom: readonly Ingredient[] },
  trained: TrainedModel,
): Promise<number> {
  const { champion, photos, framing } = fetched;
  const license =
    options.license ??
    champion?.manifest.license ??
    'Unknown: the license of the training photos applies';
  const parent = from === undefined ? null : champion;
  const origin = { parent, runId, framing, derivedFrom };
  const parts = { options: { name: options.name, license }, recipe, photos, origin };
  const { version, figures } = await writeTrained(tf, fenced(runFolder, confirm), parts, trained);
  log(`published version ${version}: ${mainFigures(figures)} on its validation photos`);
  return version;
}

/** A registry that confirms the lease immediately before it stores the files of a version. */
function fenced(
  { registry }: RunFolder,
  confirm: () => Promise<void>,
): Pick<RunFolder['registry'], 'publish'> {
  return {
    publish: (version) =>
      registry.publish({
        ...version,
        at: async (number) => {
          const content = await version.at(number);
          await confirm();
          return content;
        },
      }),
  };
}
