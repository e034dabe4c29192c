import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../network/architectures/architecture.ts';
import { createAgeHead, type AgeHeadSpec } from '../inference/head/age-head.ts';
import { bucketIndexOf, decadeBuckets } from '../inference/head/buckets.ts';
import { untemperedHead } from './calibration.ts';
import type { PhotoSet } from './photo-set.ts';
import { predictDistributions } from './predict-distributions.ts';

/** How the network does on photos it is not trained on, before calibration. */
export interface ValidationFigures {
  /** Mean absolute error of the mean age, years. */
  mae: number;
  /** Share whose most probable decade is the true one. */
  accuracy: number;
}

/** Reads an architecture's answers as they are. */
export function plainHead(answers: Architecture['answers']): AgeHeadSpec {
  return answers === 'decades' ? { kind: 'buckets', buckets: [...decadeBuckets] } : untemperedHead;
}

export function validate(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  photos: PhotoSet,
  options: { mean: number; std: number; answers: Architecture['answers'] },
): ValidationFigures {
  const head = createAgeHead(plainHead(options.answers), decadeBuckets);
  let error = 0;
  let right = 0;
  predictDistributions(tf, model, photos, options).forEach((output, index) => {
    const age = photos.ages[index]!;
    const estimate = head.interpret(output);
    const probabilities = estimate.bucketProbabilities();
    error += Math.abs(estimate.mean - age);
    if (probabilities.indexOf(Math.max(...probabilities)) === bucketIndexOf(age, decadeBuckets))
      right++;
  });
  return { mae: error / photos.count, accuracy: right / photos.count };
}
