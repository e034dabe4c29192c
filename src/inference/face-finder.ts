import { performance } from 'node:perf_hooks';
import type { CancelSignal } from '../common/cancellation.ts';
import { ServiceError } from '../common/errors.ts';
import type { Metrics } from '../common/metrics/metrics.ts';
import { Semaphore } from '../common/semaphore.ts';
import {
  findLargest,
  searchFaces,
  type FaceSearch,
  type FindFaces,
  type FoundFaces,
} from './face-search.ts';
import type { Frame } from './faces/align.ts';
import { findAllFaces } from './faces/find-faces.ts';
import type { Preprocess, PhotoCrop } from './preprocess/preprocess.ts';
import type {
  PreprocessedPhoto,
  PreprocessLimits,
  PreprocessSpec,
  SearchSpec,
} from './preprocess/spec.ts';

/** How long a detection may wait and run. */
export interface DetectOptions {
  signal: CancelSignal;
  deadlineAtMs: number;
}

/** A detector that batches the views of all requests. */
export interface FaceDetector {
  /**
   * @param squares DETECTOR_SIDE × DETECTOR_SIDE gray levels each
   * @returns DETECTOR_OUTPUTS values for each
   */
  detect(squares: readonly Uint8Array[], options: DetectOptions): Promise<readonly Float32Array[]>;
}

/** How a version's faces come to its input: as sent, or found with its detector and aligned with its frame. */
export type ModelFraming =
  { kind: 'as-sent' } | { kind: 'aligned'; detector: FaceDetector; points: Frame };

export type Aligned = Extract<ModelFraming, { kind: 'aligned' }>;

/** A photo in which faces are searched. */
export interface SearchedPhoto extends DetectOptions {
  bytes: Uint8Array;
  /** The part in which faces are searched; by default the whole photo. */
  crop?: PhotoCrop | undefined;
  framing: Aligned;
  /** Width and height of the network's input. */
  side: number;
  /** Of the network's input; 1 by default. */
  channels?: PreprocessSpec['channels'] | undefined;
}

export interface FaceFinderDependencies {
  preprocess: Preprocess;
  metrics: Pick<Metrics, 'preprocessDuration' | 'faceDetectionDuration' | 'facesFound'>;
  limits: PreprocessLimits;
}

/** Photos that are searched at the same time. Each holds a picture of up to half a megabyte. */
const SEARCHES_AT_ONCE = 32;

/** Finds and aligns the faces of photos: decode, find, align. */
export class FaceFinder {
  readonly #dependencies: FaceFinderDependencies;
  readonly #places = new Semaphore(SEARCHES_AT_ONCE);

  constructor(dependencies: FaceFinderDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Finds the largest face.
   * @throws ServiceError `no_face`, and those of decoding and of the detector; the signal's reason
   */
  async findLargest(searched: SearchedPhoto): Promise<FoundFaces> {
    const found = await this.#find(searched, findLargest);
    if (found.faces.length === 0) throw noFace(searched.crop !== undefined);
    return found;
  }

  /** Finds all faces, at most `maxFaces`. Throws as `findLargest`, but finding none is no error. */
  findAll(searched: SearchedPhoto, maxFaces: number): Promise<FoundFaces> {
    return this.#find(searched, async ({ pyramid }, detect) => {
      const faces = await findAllFaces(pyramid, detect, maxFaces);
      return faces.map((face) => ({ face, others: [] }));
    });
  }

  async #find(searched: SearchedPhoto, find: FindFaces): Promise<FoundFaces> {
    const { signal, deadlineAtMs, framing, side, channels } = searched;
    const release = await this.#places.acquire(signal);
    try {
      const options = { signal, deadlineAtMs };
      const search: FaceSearch = {
        decode: (spec, part) => this.#decode(searched, spec, part),
        detect: (squares) => framing.detector.detect(squares, options),
        points: framing.points,
        side,
        channels,
      };
      return await searchFaces(search, (picture, detect) => this.#timed(find, picture, detect));
    } finally {
      release();
    }
  }

  /** Only the first decoding of each photo is timed; not each photo has a second one. */
  async #decode(
    { bytes, crop, signal }: SearchedPhoto,
    spec: SearchSpec,
    part?: PhotoCrop,
  ): Promise<PreprocessedPhoto> {
    const { preprocess, limits, metrics } = this.#dependencies;
    if (part !== undefined) return preprocess(bytes, spec, limits, part, signal);
    const startedAtMs = performance.now();
    const preprocessed = await preprocess(bytes, spec, limits, crop, signal);
    metrics.preprocessDuration.observe((performance.now() - startedAtMs) / 1000);
    return preprocessed;
  }

  async #timed(find: FindFaces, ...searched: Parameters<FindFaces>): ReturnType<FindFaces> {
    const { metrics } = this.#dependencies;
    const startedAtMs = performance.now();
    const found = await find(...searched);
    metrics.faceDetectionDuration.observe((performance.now() - startedAtMs) / 1000);
    metrics.facesFound.inc({ outcome: outcomeOf(found.length) });
    return found;
  }
}

function outcomeOf(count: number): 'none' | 'one' | 'several' {
  if (count === 0) return 'none';
  return count === 1 ? 'one' : 'several';
}

function noFace(cropped: boolean): ServiceError {
  const where = cropped ? 'the crop of the photo' : 'the photo';
  return new ServiceError(
    'no_face',
    `No face was found in ${where}. Send a photo that shows a face; or, if it shows nothing but one framed face, ` +
      'send it with faces=none, or give the part that holds the face as crop=x,y,width,height.',
  );
}
