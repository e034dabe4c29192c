import { performance } from 'node:perf_hooks';
import type { CancelSignal } from '../common/cancellation.ts';
import { toServiceError } from '../common/errors.ts';
import type { Metrics } from '../common/metrics/metrics.ts';
import { indexOfLargest } from '../common/statistics.ts';
import type { Reservation } from './batching/batcher.ts';
import { ambiguityWarning, unlikelyFaceWarning } from './face-warnings.ts';
import {
  FaceFinder,
  type FaceFinderDependencies,
  type ModelFraming,
  type SearchedPhoto,
} from './face-finder.ts';
import { asPhoto, asSent, foundIn, type FramedFace } from './framed-face.ts';
import type { AgeEstimate, AgeHead } from './head/age-head.ts';
import { readOutputRow, type FaceOutput } from './head/face-output.ts';
import type { PhotoCrop } from './preprocess/preprocess.ts';
import type { PreprocessSpec } from './preprocess/spec.ts';
import type { WarningDetail } from './preprocess/warnings.ts';

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

export interface PhotoEstimatorDependencies {
  preprocess: FaceFinderDependencies['preprocess'];
  metrics: FaceFinderDependencies['metrics'] &
    Pick<
      Metrics,
      'queueDuration' | 'images' | 'predictions' | 'predictedAge' | 'confidence' | 'warnings'
    >;
  maxPixels: number;
}

/** The estimate of one face. */
export interface PhotoEstimate extends PhotoTiming, FramedFace {
  estimate: AgeEstimate;
  /** That the network's input is a framed face; undefined for a version whose network does not output it. */
  faceProbability?: number | undefined;
}

/** A photo as it was sent, or pixels that are already preprocessed. */
export type EstimatorInput = { bytes: Uint8Array } | { pixels: Uint8Array };

/** The part of a loaded version that an estimate needs. */
export interface EstimatorModel {
  readonly manifest: {
    readonly version: number;
    readonly preprocess: PreprocessSpec;
    readonly face?: FaceOutput | undefined;
  };
  readonly head: AgeHead;
  readonly framing: ModelFraming;
}

/** The request's model, its reservation in the queue, and its time limit. */
export interface EstimateContext {
  model: EstimatorModel;
  queue: Pick<Reservation, 'submit'>;
  /** The part of the photo to use, or in which faces are searched; by default the whole photo. */
  crop?: PhotoCrop | undefined;
  signal: CancelSignal;
  deadlineAtMs: number;
}

/** The photo is the framed face, or shows the face somewhere. */
export type OneFaceMode = 'none' | 'largest';

/** Faces of one photo whose ages are estimated at the same time. */
const FACES_AT_ONCE = 4;

/** Estimates ages in one photo: preprocess or find and align, queue, age head. */
export class PhotoEstimator {
  readonly #dependencies: PhotoEstimatorDependencies;
  readonly #finder: FaceFinder;

  constructor(dependencies: PhotoEstimatorDependencies) {
    const { preprocess, metrics, maxPixels } = dependencies;
    this.#dependencies = dependencies;
    this.#finder = new FaceFinder({ preprocess, metrics, limits: { maxPixels } });
  }

  /**
   * Estimates the age of the framed face, or of the largest face that is found.
   * @throws ServiceError, counted by its code; or the signal's reason, counted as `abandoned`
   */
  estimate(
    input: EstimatorInput,
    context: EstimateContext,
    mode: OneFaceMode = 'none',
  ): Promise<PhotoEstimate> {
    return this.#counted(context.signal, async () => {
      const startedAtMs = performance.now();
      const framed =
        mode === 'largest' && 'bytes' in input
          ? await this.#largestFace(input.bytes, context)
          : await this.#framedFace(input, context);
      return this.#answer(framed, context, performance.now() - startedAtMs);
    });
  }

  /**
   * Estimates the ages of all faces, largest first.
   * @param reserve reserves slots of the model's queue; those of the context serve first
   * @throws as `estimate`
   */
  estimateAll(
    { bytes }: { bytes: Uint8Array },
    context: EstimateContext,
    { maxFaces, reserve }: { maxFaces: number; reserve: (count: number) => Reservation },
  ): Promise<PhotoEstimate[]> {
    return this.#counted(context.signal, async () => {
      const startedAtMs = performance.now();
      const { photo, faces } = await this.#finder.findAll(searched(bytes, context), maxFaces);
      const preprocessMs = performance.now() - startedAtMs;
      const estimates: PhotoEstimate[] = [];
      for (let start = 0; start < faces.length; start += FACES_AT_ONCE) {
        const some = faces.slice(start, start + FACES_AT_ONCE);
        const queue = start === 0 && some.length === 1 ? undefined : reserve(some.length);
        const own = { ...context, queue: queue ?? context.queue };
        try {
          const answers = some.map((face) => this.#answer(foundIn(photo, face), own, preprocessMs));
          estimates.push(...(await Promise.all(answers)));
        } finally {
          queue?.release();
        }
      }
      return estimates;
    });
  }

  async #counted<Result>(signal: CancelSignal, work: () => Promise<Result>): Promise<Result> {
    const { images } = this.#dependencies.metrics;
    try {
      const result = await work();
      images.inc({ outcome: 'ok' });
      return result;
    } catch (error) {
      images.inc({ outcome: signal.aborted ? 'abandoned' : toServiceError(error).code });
      throw error;
    }
  }

  async #answer(
    framed: FramedFace,
    { model, queue, signal, deadlineAtMs }: EstimateContext,
    preprocessMs: number,
  ): Promise<PhotoEstimate> {
    const { photo, face, pixels, gray } = framed;
    const { output, queueMs, inferenceMs, batchSize } = await queue.submit(pixels, {
      signal,
      deadlineAtMs,
    });
    this.#dependencies.metrics.queueDuration.observe(queueMs / 1000);
    const { ages, face: faceProbability } = readOutputRow(output, model.head);
    const estimate = model.head.interpret(ages);
    const doubts = [
      unlikelyFaceWarning(faceProbability, model.manifest.face),
      ambiguityWarning(estimate),
    ].filter((warning) => warning !== undefined);
    const warnings = [...framed.warnings, ...doubts];
    this.#record(estimate, warnings, model);
    return {
      estimate,
      faceProbability,
      warnings,
      photo,
      face,
      gray,
      pixels,
      preprocessMs,
      queueMs,
      batchSize,
      inferenceMs,
    };
  }

  async #largestFace(bytes: Uint8Array, context: EstimateContext): Promise<FramedFace> {
    const { photo, faces } = await this.#finder.findLargest(searched(bytes, context));
    return foundIn(photo, faces[0]!);
  }

  async #framedFace(input: EstimatorInput, context: EstimateContext): Promise<FramedFace> {
    const { model, crop, signal } = context;
    const { preprocess, maxPixels, metrics } = this.#dependencies;
    const spec = model.manifest.preprocess;
    if ('pixels' in input) return asSent(asPhoto(input.pixels, spec), spec);
    const startedAtMs = performance.now();
    const preprocessed = await preprocess(input.bytes, spec, { maxPixels }, crop, signal);
    metrics.preprocessDuration.observe((performance.now() - startedAtMs) / 1000);
    return asSent(preprocessed, spec);
  }

  /** Counts by the model's own buckets, whatever the request asked for, so that labels stay bounded and comparable. */
  #record(
    estimate: AgeEstimate,
    warnings: readonly WarningDetail[],
    { manifest, head }: EstimatorModel,
  ): void {
    const { metrics } = this.#dependencies;
    const version = String(manifest.version);
    const probabilities = estimate.bucketProbabilities();
    const best = indexOfLargest(probabilities);
    metrics.predictions.inc({ version, bucket: head.buckets[best]!.label });
    metrics.predictedAge.observe({ version }, estimate.mean);
    metrics.confidence.observe({ version }, probabilities[best]!);
    for (const { code } of warnings) metrics.warnings.inc({ warning: code });
  }
}

/** The caller checks that the version has a framing. */
function searched(
  bytes: Uint8Array,
  { model, crop, signal, deadlineAtMs }: EstimateContext,
): SearchedPhoto {
  const { framing, manifest } = model;
  if (framing.kind === 'as-sent') throw new Error('a version without framing finds no faces');
  const { width: side, channels } = manifest.preprocess;
  return { bytes, crop, framing, side, channels, signal, deadlineAtMs };
}
