import { performance } from 'node:perf_hooks';
import type { CancelSignal } from '../common/cancellation.ts';
import { toServiceError } from '../common/errors.ts';
import type { Metrics } from '../common/metrics/metrics.ts';
import { indexOfLargest } from '../common/statistics.ts';
import type { Reservation } from './batching/batcher.ts';
import type { AgeEstimate, AgeHead } from './head/age-head.ts';
import {
  grayStatistics,
  type GrayStatistics,
  photoWarnings,
  type PhotoWarning,
} from './preprocess/photo-warnings.ts';
import type { PhotoCrop } from './preprocess/preprocess.ts';
import type {
  PhotoFacts,
  PreprocessedPhoto,
  PreprocessLimits,
  PreprocessSpec,
} from './preprocess/spec.ts';

/** The time that one photo took in each stage. */
export interface PhotoTiming {
  preprocessMs: number;
  /** The wait for its batch. */
  queueMs: number;
  /** The inference time of the whole batch. */
  inferenceMs: number;
  /** The number of photos in its batch. */
  batchSize: number;
}

export type Preprocess = (
  bytes: Uint8Array,
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  crop: PhotoCrop | undefined,
  signal: CancelSignal,
) => Promise<PreprocessedPhoto>;

export interface PhotoEstimatorDependencies {
  preprocess: Preprocess;
  metrics: Pick<
    Metrics,
    | 'preprocessDuration'
    | 'queueDuration'
    | 'images'
    | 'predictions'
    | 'predictedAge'
    | 'confidence'
  >;
  maxPixels: number;
}

export interface PhotoEstimate extends PhotoTiming {
  estimate: AgeEstimate;
  warnings: PhotoWarning[];
  photo: PhotoFacts;
  /** Brightness and contrast of the network's input. */
  gray: GrayStatistics;
  /** The network's input; read-only. */
  pixels: Uint8Array;
}

/** A photo as it was sent, or pixels that are already preprocessed. */
export type EstimatorInput = { bytes: Uint8Array } | { pixels: Uint8Array };

/** The part of a loaded version that an estimate needs. */
export interface EstimatorModel {
  readonly manifest: { readonly version: number; readonly preprocess: PreprocessSpec };
  readonly head: AgeHead;
}

/** The request's model, its reservation in the queue, and its time limit. */
export interface EstimateContext {
  model: EstimatorModel;
  queue: Pick<Reservation, 'submit'>;
  /** The part of the photo to use; by default the whole photo. */
  crop?: PhotoCrop | undefined;
  signal: CancelSignal;
  deadlineAtMs: number;
}

/** Estimates the age in one photo: preprocess, queue, age head. */
export class PhotoEstimator {
  readonly #dependencies: PhotoEstimatorDependencies;

  constructor(dependencies: PhotoEstimatorDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws ServiceError, counted by its code; or the signal's reason, counted as `abandoned` */
  async estimate(input: EstimatorInput, context: EstimateContext): Promise<PhotoEstimate> {
    const { images } = this.#dependencies.metrics;
    try {
      const estimated = await this.#estimate(input, context);
      images.inc({ outcome: 'ok' });
      return estimated;
    } catch (error) {
      images.inc({ outcome: context.signal.aborted ? 'abandoned' : toServiceError(error).code });
      throw error;
    }
  }

  async #estimate(input: EstimatorInput, context: EstimateContext): Promise<PhotoEstimate> {
    const { model, queue, signal, deadlineAtMs } = context;
    const startedAtMs = performance.now();
    const { photo, pixels } = await this.#inputOf(input, context);
    const preprocessMs = performance.now() - startedAtMs;
    if ('bytes' in input)
      this.#dependencies.metrics.preprocessDuration.observe(preprocessMs / 1000);
    const gray = grayStatistics(pixels);
    const warnings = photoWarnings(photo, gray, model.manifest.preprocess);
    const { output, queueMs, inferenceMs, batchSize } = await queue.submit(pixels, {
      signal,
      deadlineAtMs,
    });
    this.#dependencies.metrics.queueDuration.observe(queueMs / 1000);
    const estimate = model.head.interpret(output);
    this.#record(estimate, model);
    return {
      estimate,
      warnings,
      photo,
      gray,
      pixels,
      preprocessMs,
      queueMs,
      batchSize,
      inferenceMs,
    };
  }

  async #inputOf(
    input: EstimatorInput,
    { model, crop, signal }: EstimateContext,
  ): Promise<PreprocessedPhoto> {
    if ('pixels' in input) return asPreprocessed(input.pixels, model);
    const { preprocess, maxPixels } = this.#dependencies;
    return preprocess(input.bytes, model.manifest.preprocess, { maxPixels }, crop, signal);
  }

  /** Counts by the model's own buckets, whatever the request asked for, so that labels stay bounded and comparable. */
  #record(estimate: AgeEstimate, { manifest, head }: EstimatorModel): void {
    const { metrics } = this.#dependencies;
    const version = String(manifest.version);
    const probabilities = estimate.bucketProbabilities();
    const best = indexOfLargest(probabilities);
    metrics.predictions.inc({ version, bucket: head.buckets[best]!.label });
    metrics.predictedAge.observe({ version }, estimate.mean);
    metrics.confidence.observe({ version }, probabilities[best]!);
  }
}

/** Copies the pixels, because the caller may still hold them. */
function asPreprocessed(pixels: Uint8Array, { manifest }: EstimatorModel): PreprocessedPhoto {
  const { width, height } = manifest.preprocess;
  return { pixels: new Uint8Array(pixels), photo: { width, height, format: 'pixels' } };
}
