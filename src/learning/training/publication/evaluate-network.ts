import type { EngineModel } from '../../../inference/engine/engine.ts';
import {
  createAgeHead,
  type AgeHead,
  type AgeHeadSpec,
  type Bucket,
} from '../../../inference/head/age-head.ts';
import { readOutputRow } from '../../../inference/head/face-output.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden } from '../../../registry/golden.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import type { FaceFraming } from '../../dataset/face-framing.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import type { ValidationPhotos } from '../validation.ts';
import { calibrate, type Prediction } from './calibration.ts';
import { driftReference } from './drift-reference.ts';
import {
  feedbackFigures,
  type FeedbackFigures,
  type FeedbackValidation,
} from './feedback-figures.ts';
import { goldenSamples, outputsOf } from './serving-network.ts';

/** Everything that is derived from the outputs of a network in the serving engine. */
export interface NetworkEvaluation {
  head: AgeHeadSpec;
  evaluated: EvaluatedPhoto[];
  reference: Manifest['reference'];
  golden: Golden[];
  feedback: FeedbackFigures | undefined;
}

/**
 * Calibrates a network on the validation photos, evaluates it on them and on the feedback, and records golden samples.
 * @param options `uncalibrated` interprets the raw outputs; bucket heads are not calibrated
 */
export async function evaluateNetwork(
  network: EngineModel,
  {
    uncalibrated,
    buckets,
    preprocess,
    framing,
    validation,
    feedback,
  }: {
    uncalibrated: AgeHeadSpec;
    buckets: readonly Bucket[];
    preprocess: PreprocessSpec;
    /** How the pictures of the golden samples are framed; by default each is taken for the framed face. */
    framing?: FaceFraming | undefined;
    validation: ValidationPhotos;
    feedback?: FeedbackValidation | undefined;
  },
): Promise<NetworkEvaluation> {
  const { photos, labeled } = validation;
  const outputs = await outputsOf(network, photos);
  const predictions = predictionsOf(outputs, labeled, createAgeHead(uncalibrated, buckets));
  const head = uncalibrated.kind === 'buckets' ? uncalibrated : calibrate(predictions, buckets);
  const ageHead = createAgeHead(head, buckets);
  const evaluated = predictions.map(({ age, groups, source, face, output }) => ({
    ...{ age, groups, source, face: face ?? undefined },
    estimate: ageHead.interpret(output),
  }));
  return {
    head,
    evaluated,
    reference: await driftReference(validation, evaluated),
    feedback: feedback && (await feedbackFigures(network, ageHead, feedback)),
    golden: await goldenSamples(network, preprocess, framing),
  };
}

/** The ages that the network outputs for each photo; the face probability, which may follow them, is left out. */
function predictionsOf(
  outputs: readonly Float32Array[],
  labeled: ValidationPhotos['labeled'],
  head: AgeHead,
): (ValidationPhotos['labeled'][number] & Prediction)[] {
  return outputs.map((output, index) => ({
    ...labeled[index]!,
    output: readOutputRow(output, head).ages,
  }));
}
