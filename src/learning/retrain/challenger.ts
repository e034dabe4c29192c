import { rm } from 'node:fs/promises';
import { loadTensorFlow, type TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec } from '../../inference/preprocess/spec.ts';
import { registryOptionsOf } from '../../registry/open-registry.ts';
import type { RetrainConfig } from '../../common/config/config.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { CheckpointMismatchError } from '../training/checkpoint-store.ts';
import { warmStartFrom, type Beginning } from '../training/continued-training.ts';
import { completeRecipe } from '../training/recipe.ts';
import type { StepReport, TrainedModel } from '../training/trainer.ts';
import { WarmStartError } from '../training/warm-start.ts';
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
  /** Ends training after the step under way, with a checkpoint. */
  stop: AbortSignal;
  tell: (text: string) => void;
  onStep: (report: StepReport) => void;
  /** Throws where this run may not publish. */
  confirm: () => Promise<void>;
}

/** A network that was trained and is not published yet. */
export interface Challenger {
  /** What it started from, for people. */
  start: string;
  /** @returns the number of the version */
  publish: () => Promise<number>;
}

/** Trains from the version that serves where its network fits, else from random weights. */
export async function trainChallenger(parts: ChallengerParts): Promise<Challenger> {
  const tf = loadTensorFlow();
  const { champion, overrides } = parts.fetched;
  const { start: reporter, ...beginning } = await begin(tf, champion, overrides);
  parts.tell(`starts from ${reporter}`);
  const trained = await trainFromCheckpoint(tf, runPartsOf(parts, beginning), parts);
  return { start: reporter, publish: () => publish(tf, parts, beginning, trained) };
}

interface Reporter {
  start: string;
}

type Begun = Pick<Beginning, 'recipe'> & { from: Beginning['start'] };

async function begin(
  tf: TensorFlow,
  champion: LocalArtifact | null,
  overrides: Record<string, unknown>,
): Promise<Begun & Reporter> {
  const scratch = { recipe: completeRecipe(overrides), from: undefined };
  if (champion === null) return { ...scratch, start: 'random weights, as no version serves yet' };
  const { version } = champion.manifest;
  try {
    const { recipe, start } = await warmStartFrom(tf, champion, overrides, defaultPreprocessSpec);
    return { recipe, from: start, start: `version ${version}` };
  } catch (error) {
    if (!(error instanceof WarmStartError)) throw error;
    const why = `as version ${version} cannot be gone on from: ${error.message}`;
    return { ...scratch, start: `random weights, ${why}` };
  }
}

function runPartsOf(
  { options, config, place, fetched, stop, tell, onStep }: ChallengerParts,
  { recipe, from }: Begun,
): RunParts {
  return {
    options: {
      checkpoint: place.checkpoint,
      'checkpoint-every': options['checkpoint-every'],
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
    tell,
    onStep,
  };
}

/** A checkpoint that this build cannot go on from is done without. */
async function trainFromCheckpoint(
  tf: TensorFlow,
  run: RunParts,
  { place, tell }: Pick<ChallengerParts, 'place' | 'tell'>,
): Promise<TrainedModel> {
  try {
    return await runTraining(tf, run);
  } catch (error) {
    if (!(error instanceof CheckpointMismatchError)) throw error;
    tell(`training starts afresh: ${error.message}`);
    await rm(place.checkpoint, { force: true });
    return runTraining(tf, run);
  }
}

async function publish(
  tf: TensorFlow,
  { options, place, fetched, runId, confirm, tell }: ChallengerParts,
  { recipe, from }: Begun,
  trained: TrainedModel,
): Promise<number> {
  const { champion, photos } = fetched;
  const license =
    options.license ??
    champion?.manifest.license ??
    'Unknown: the licence of the training photos applies';
  const origin = { parent: from === undefined ? null : champion, runId };
  const parts = { options: { name: options.name, license }, recipe, photos, origin };
  const { version, figures } = await writeTrained(tf, fenced(place, confirm), parts, trained);
  tell(
    `published version ${version}: ${figures.all.mae.toFixed(2)} years off on its validation photos`,
  );
  return version;
}

/** Publishes only what is confirmed right before its files are put. */
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
