import type { EngineModel } from '../inference/engine/engine.ts';
import type { JudgedPhoto } from '../evaluation/judged-photo.ts';
import { createAgeHead, type AgeHeadSpec, type Bucket } from '../inference/head/age-head.ts';
import type { Golden, Manifest } from '../registry/manifest.ts';
import type { PreprocessSpec } from '../inference/preprocess/spec.ts';
import { calibrate } from './calibration.ts';
import { driftReference } from './drift-reference.ts';
import {
  feedbackFigures,
  type FeedbackFigures,
  type FeedbackValidation,
} from './feedback-figures.ts';
import { goldenSamples } from './golden-samples.ts';
import { answersOf } from './network-answers.ts';
import type { ValidationPhotos } from './validation-photos.ts';

/** What is derived from a network's answers, as the service gives them. */
export interface NetworkJudgement {
  head: AgeHeadSpec;
  judged: JudgedPhoto[];
  reference: Manifest['reference'];
  golden: Golden[];
  feedback: FeedbackFigures | undefined;
}

/** @param uncalibrated reads the answers as they are; calibrated here where they are distributions over ages */
export async function judgeNetwork(
  network: EngineModel,
  {
    uncalibrated,
    buckets,
    preprocess,
    validation,
    feedback,
  }: {
    uncalibrated: AgeHeadSpec;
    buckets: readonly Bucket[];
    preprocess: PreprocessSpec;
    validation: ValidationPhotos;
    feedback?: FeedbackValidation | undefined;
  },
): Promise<NetworkJudgement> {
  const { photos, labelled } = validation;
  const outputs = await answersOf(network, photos);
  const answered = outputs.map((output, index) => ({ age: labelled[index]!.age, output }));
  const head = uncalibrated.kind === 'buckets' ? uncalibrated : calibrate(answered, buckets);
  const ageHead = createAgeHead(head, buckets);
  const judged = answered.map(({ age, output }, index) => ({
    age,
    estimate: ageHead.interpret(output),
    groups: labelled[index]!.groups,
  }));
  return {
    head,
    judged,
    reference: await driftReference(validation, judged),
    feedback: feedback && (await feedbackFigures(network, ageHead, feedback)),
    golden: await goldenSamples(network, preprocess),
  };
}
