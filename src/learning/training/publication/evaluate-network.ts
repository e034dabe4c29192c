import type { EngineModel } from '../../../inference/engine/engine.ts';
import {
  createAgeHead,
  type AgeHead,
  type AgeHeadSpec,
  type Bucket,
} from '../../../inference/head/age-head.ts';
import { readOutputRow, type FaceOutput } from '../../../inference/head/face-output.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden } from '../../../registry/golden.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import type { FaceFraming } from '../../dataset/face-framing.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import type { PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation.ts';
import { calibrate, type Prediction } from './calibration.ts';
import {
  crossValidateCorrection,
  fitCorrection,
  type CorrectionFigures,
} from './correction-fit.ts';
import { chooseFaceThreshold, faceFigures, type FaceFigures } from './face-threshold.ts';
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
  /** Undefined for a network without the second output. */
  face: FaceOutput | undefined;
  faceFigures: FaceFigures | undefined;
  /** Undefined if no correction was fitted. */
  correctionFigures: CorrectionFigures | undefined;
}

/** Photos that the age scale is corrected on. */
export interface CorrectionPhotos {
  /** With exact ages, in an order that does not depend on them. */
  photos: PhotoSet;
  /** How much of the fitted correction is applied, from 0 to 1. */
  strength: number;
}

/** What `evaluateNetwork` measures a network with. */
export interface NetworkEvaluationOptions {
  uncalibrated: AgeHeadSpec;
  buckets: readonly Bucket[];
  preprocess: PreprocessSpec;
  /** How the pictures of the golden samples are framed; by default each is taken for the framed face. */
  framing?: FaceFraming | undefined;
  validation: ValidationPhotos;
  feedback?: FeedbackValidation | undefined;
  /** The threshold that the version has; by default it is chosen on the validation photos. */
  face?: FaceOutput | undefined;
  /** Pictures without faces that measure the second output; none by default. */
  negatives?: PhotoSet | undefined;
  /** Photos with exact ages on which the age scale is corrected; by default the correction that the version has is kept. */
  correction?: CorrectionPhotos | undefined;
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
    face,
    negatives,
    correction,
  }: NetworkEvaluationOptions,
): Promise<NetworkEvaluation> {
  const { photos, labeled } = validation;
  const outputs = await outputsOf(network, photos);
  const predictions = predictionsOf(outputs, labeled, createAgeHead(uncalibrated, buckets));
  const { head, correctionFigures } = await calibratedOn(network, predictions, {
    ...{ uncalibrated, buckets, correction },
  });
  const ageHead = createAgeHead(head, buckets);
  const evaluated = predictions.map(({ age, groups, source, face, output }) => ({
    ...{ age, groups, source, face: face ?? undefined },
    estimate: ageHead.interpret(output),
  }));
  return {
    ...{ head, correctionFigures },
    evaluated,
    reference: await driftReference(validation, evaluated),
    feedback: feedback && (await feedbackFigures(network, ageHead, feedback)),
    golden: await goldenSamples(network, preprocess, framing),
    ...(await evaluateFaceOutput(network, ageHead, { outputs, face, negatives })),
  };
}

/** Calibrates the head, after the age scale is corrected if there are photos for it. */
async function calibratedOn(
  network: EngineModel,
  predictions: readonly Prediction[],
  {
    uncalibrated,
    buckets,
    correction,
  }: Pick<NetworkEvaluationOptions, 'uncalibrated' | 'buckets' | 'correction'>,
): Promise<Pick<NetworkEvaluation, 'head' | 'correctionFigures'>> {
  if (uncalibrated.kind === 'buckets') return { head: uncalibrated, correctionFigures: undefined };
  if (correction === undefined)
    return {
      head: calibrate(predictions, buckets, uncalibrated.correction),
      correctionFigures: undefined,
    };
  const { photos, strength } = correction;
  const { temperature } = calibrate(predictions, buckets);
  const plain = createAgeHead(uncalibrated, buckets);
  const outputs = await outputsOf(network, photos);
  const known = outputs.map((output, index) => ({
    age: photos.minAges[index]!,
    output: readOutputRow(output, plain).ages,
  }));
  return {
    head: calibrate(predictions, buckets, fitCorrection(known, temperature, strength)),
    correctionFigures: crossValidateCorrection(known, temperature, strength),
  };
}

/** @param face as for `evaluateNetwork` */
async function evaluateFaceOutput(
  network: EngineModel,
  head: AgeHead,
  given: {
    outputs: readonly Float32Array[];
    face: FaceOutput | undefined;
    negatives: PhotoSet | undefined;
  },
): Promise<Pick<NetworkEvaluation, 'face' | 'faceFigures'>> {
  const faces = faceProbabilities(given.outputs, head);
  if (faces.length === 0) return { face: undefined, faceFigures: undefined };
  const face = given.face ?? chooseFaceThreshold(faces);
  const others = given.negatives === undefined ? [] : await outputsOf(network, given.negatives);
  return { face, faceFigures: faceFigures(face, faces, faceProbabilities(others, head)) };
}

function faceProbabilities(outputs: readonly Float32Array[], head: AgeHead): number[] {
  return outputs.flatMap((output) => readOutputRow(output, head).face ?? []);
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
