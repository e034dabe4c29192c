import { rm } from 'node:fs/promises';
import { loadTensorFlow, type TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec } from '../../inference/preprocess/spec.ts';
import { registryOptionsOf } from '../../registry/open-registry.ts';
import type { RetrainConfig } from '../../common/config/config.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { CheckpointMismatchError } from '../training/checkpoint.ts';
import { completeRecipe } from '../training/recipe.ts';
import type { StepReport, TrainedModel } from '../training/trainer.ts';
import { warmStartFrom, WarmStartError, type Beginning } from '../training/warm-start.ts';
import { runTraining, type RunParts } from '../training/run-training.ts';
import { writeTrained } from '../training/publication/write-trained.ts';
import type { Fetched } from './inputs.ts';
import type { Place } from './run-folder.ts';
import type { RetrainOptions } from './retrain-options.ts';

export interface ChallengerParts {
  options: RetrainOptions;
  config: RetrainConfig;
  place: Place;
  fetched: Fetched;
  runId: string;
  /** Ends training after the current step, with a checkpoint. */
  stop: AbortSignal;
  log: (text: string) => void;
  onStep: (report: StepReport) => void;
  /** Throws where this run must not publish. */
  confirm: () => Promise<void>;
}

/** A trained network that is not published yet. */
export interface Challenger {
  /** What its weights were initialized from, as text. */
  start: string;
  /** @returns the number of the version */
  publish: () => Promise<number>;
}

/** Trains from the champion where its network fits (warm start), else from random weights. */
export async function trainChallenger(parts: ChallengerParts): Promise<Challenger> {
  const tf = loadTensorFlow();
  const { champion, overrides } = parts.fetched;
  const { start, ...beginning } = await begin(tf, champion, overrides);
  parts.log(`starts from ${start}`);
  const trained = await trainFromCheckpoint(tf, runPartsOf(parts, beginning), parts);
  return { start, publish: () => publish(tf, parts, beginning, trained) };
}

type Begun = Pick<Beginning, 'recipe'> & { from: Beginning['start'] };

async function begin(
  tf: TensorFlow,
  champion: LocalArtifact | null,
  overrides: Record<string, unknown>,
): Promise<Begun & Pick<Challenger, 'start'>> {
  const scratch = { recipe: completeRecipe(overrides), from: undefined };
  if (champion === null) return { ...scratch, start: 'random weights, as no version serves yet' };
  const { version } = champion.manifest;
  try {
    const { recipe, start } = await warmStartFrom(tf, champion, overrides, defaultPreprocessSpec);
    return { recipe, from: start, start: `version ${version}` };
  } catch (error) {
    if (!(error instanceof WarmStartError)) throw error;
    const why = `as version ${version} does not allow a warm start: ${error.message}`;
    return { ...scratch, start: `random weights, ${why}` };
  }
}

function runPartsOf(
  { options, config, place, fetched, stop, log, onStep }: ChallengerParts,
  { recipe, from }: Begun,
): RunParts {
  return {
    options: {
      checkpoint: place.checkpoint,
      checkpointEvery: options.checkpointEvery,
      tensorboard: place.tensorboard,
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

/** A checkpoint that this build cannot resume from is discarded. */
async function trainFromCheckpoint(
  tf: TensorFlow,
  run: RunParts,
  { place, log }: Pick<ChallengerParts, 'place' | 'log'>,
): Promise<TrainedModel> {
  try {
    return await runTraining(tf, run);
  } catch (error) {
    if (!(error instanceof CheckpointMismatchError)) throw error;
    log(`training starts from the beginning: ${error.message}`);
    await rm(place.checkpoint, { force: true });
    return runTraining(tf, run);
  }
}

async function publish(
  tf: TensorFlow,
  { options, place, fetched, runId, confirm, log }: ChallengerParts,
  { recipe, from }: Begun,
  trained: TrainedModel,
): Promise<number> {
  const { champion, photos } = fetched;
  const license =
    options.license ??
    champion?.manifest.license ??
    'Unknown: the license of the training photos applies';
  const origin = { parent: from === undefined ? null : champion, runId };
  const parts = { options: { name: options.name, license }, recipe, photos, origin };
  const { version, figures } = await writeTrained(tf, fenced(place, confirm), parts, trained);
  log(
    `published version ${version}: ${figures.all.mae.toFixed(2)} years MAE on its validation photos`,
  );
  return version;
}

/** Confirms the lease right before the files of the version are stored. */
function fenced(
  { registry }: Place,
  confirm: () => Promise<void>,
): Pick<Place['registry'], 'publish'> {
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
