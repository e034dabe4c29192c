import { mulberry32 } from '../../common/random.ts';
import type { Interval, ReliabilityBin } from './metrics-file.ts';
import { quantileOf } from '../../common/statistics.ts';

/** Number of bins of equal width over confidences from 0 to 1. */
export const ECE_BINS = 15;
/** Number of label sets drawn from the confidences of a hypothetical calibrated model. */
export const CALIBRATED_DRAWS = 2000;

/** The most probable bucket of each photo with its probability, and the true bucket. */
interface Answers {
  readonly confidences: Float64Array;
  readonly trueBuckets: Float64Array;
  readonly answeredBuckets: Float64Array;
}

/**
 * Expected calibration error: the gap between the confidence and the accuracy of the most probable bucket, averaged over
 * bins of equal width that are weighted by their number of photos (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
 */
export function expectedCalibrationError(answers: Answers): number {
  const { confidences, trueBuckets, answeredBuckets } = answers;
  const gaps = new Float64Array(ECE_BINS);
  for (const [photo, confidence] of confidences.entries()) {
    const correct = Number(trueBuckets[photo] === answeredBuckets[photo]);
    gaps[binOf(confidence)]! += confidence - correct;
  }
  return meanGap(gaps, confidences.length);
}

/** The variation that chance alone causes for a perfectly calibrated model with the same confidences. */
export interface CalibratedReference {
  /** 95th percentile of its ECE. */
  ece95: number;
  /** The middle 95 % of its accuracy per bin; NaN for empty bins. */
  accuracies: Interval[];
}

/**
 * Consistency resampling: draws labels so that each prediction is correct with exactly the stated probability, and computes
 * the ECE for many such draws. A measured ECE up to the 95th percentile is no evidence against calibration (Vaicenavicius et al., "Evaluating model calibration in classification", AISTATS 2019;
 * Bröcker and Smith, "Increasing the Reliability of Reliability Diagrams", Weather and Forecasting 2007).
 */
export function calibratedReference(
  confidences: Float64Array,
  { draws = CALIBRATED_DRAWS, seed = 1 } = {},
): CalibratedReference {
  const random = mulberry32(seed);
  const bins = Uint8Array.from(confidences, binOf);
  const sizes = countsOf(bins);
  const errors = new Float64Array(draws);
  const accuracies = Array.from({ length: ECE_BINS }, () => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    const gaps = new Float64Array(ECE_BINS);
    const correct = new Float64Array(ECE_BINS);
    for (let photo = 0; photo < bins.length; photo++) {
      const bin = bins[photo]!;
      const isCorrect = Number(random() < confidences[photo]!);
      gaps[bin]! += confidences[photo]! - isCorrect;
      correct[bin]! += isCorrect;
    }
    errors[draw] = meanGap(gaps, bins.length);
    for (let bin = 0; bin < ECE_BINS; bin++) accuracies[bin]![draw] = correct[bin]! / sizes[bin]!;
  }
  return {
    ece95: quantileOf(errors.sort(), 0.95),
    accuracies: accuracies.map((drawn) => {
      drawn.sort();
      return { low: quantileOf(drawn, 0.025), high: quantileOf(drawn, 0.975) };
    }),
  };
}

/** The reliability diagram: confidence and accuracy of each bin that has photos. */
export function reliabilityOf(answers: Answers, reference: CalibratedReference): ReliabilityBin[] {
  const { confidences, trueBuckets, answeredBuckets } = answers;
  const sums = Array.from({ length: ECE_BINS }, () => ({ photos: 0, confidence: 0, correct: 0 }));
  for (const [photo, confidence] of confidences.entries()) {
    const bin = sums[binOf(confidence)]!;
    bin.photos += 1;
    bin.confidence += confidence;
    bin.correct += Number(trueBuckets[photo] === answeredBuckets[photo]);
  }
  return sums.flatMap(({ photos, confidence, correct }, bin) => {
    if (photos === 0) return [];
    const [from, to] = [bin / ECE_BINS, (bin + 1) / ECE_BINS];
    const consistency = reference.accuracies[bin]!;
    const [meanConfidence, accuracy] = [Math.min(1, confidence / photos), correct / photos];
    return [{ from, to, photos, confidence: meanConfidence, accuracy, consistency }];
  });
}

/** The index of the bin of a confidence, counted from 0. */
export function binOf(confidence: number): number {
  return Math.min(ECE_BINS - 1, Math.floor(confidence * ECE_BINS));
}

function countsOf(bins: Uint8Array): Float64Array {
  const counts = new Float64Array(ECE_BINS);
  for (const bin of bins) counts[bin]! += 1;
  return counts;
}

/** @param gaps the sum of confidence − correctness per bin */
function meanGap(gaps: Float64Array, photos: number): number {
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / photos;
}
