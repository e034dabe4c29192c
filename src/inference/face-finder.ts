import { performance } from 'node:perf_hooks';
import type { CancelSignal } from '../common/cancellation.ts';
import { ServiceError } from '../common/errors.ts';
import type { Metrics } from '../common/metrics/metrics.ts';
import { Semaphore } from '../common/semaphore.ts';
import { searchSpec, workingPicture, type WorkingPicture } from './face-detector.ts';
import { alignFace, type Frame } from './faces/align.ts';
import { faceQuality, type FaceQuality } from './faces/face-quality.ts';
import { findAllFaces, findMainFace, type Face } from './faces/find-faces.ts';
import { inPhoto, inPicture } from './faces/placement.ts';
import { finerPlan } from './finer-picture.ts';
import { grayStatistics, type GrayStatistics } from './preprocess/photo-warnings.ts';
import type { Preprocess, PhotoCrop } from './preprocess/preprocess.ts';
import type { PhotoFacts, PreprocessLimits } from './preprocess/spec.ts';

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
}

/** A face with the pixels that the age network gets. */
export interface AlignedFace {
  /** In pixels of the whole photo, as displayed. */
  face: Face;
  /** side × side gray levels. */
  pixels: Uint8Array;
  /** Of the pixels. */
  gray: GrayStatistics;
  quality: FaceQuality;
}

export interface FoundFaces {
  /** Of the part in which faces were searched. */
  photo: PhotoFacts;
  /** Largest first. */
  faces: AlignedFace[];
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
    const found = await this.#find(searched, async (picture, detect) => {
      const main = await findMainFace(picture.pyramid, detect);
      return main === undefined ? [] : [main];
    });
    if (found.faces.length === 0) throw noFace(searched.crop !== undefined);
    return found;
  }

  /** Finds all faces, at most `maxFaces`. Throws as `findLargest`, but finding none is no error. */
  findAll(searched: SearchedPhoto, maxFaces: number): Promise<FoundFaces> {
    return this.#find(searched, async (picture, detect) => {
      const faces = await findAllFaces(picture.pyramid, detect, maxFaces);
      return faces.map((face) => ({ face, others: [] }));
    });
  }

  async #find(searched: SearchedPhoto, find: Find): Promise<FoundFaces> {
    const { metrics } = this.#dependencies;
    const { signal, deadlineAtMs, framing } = searched;
    const release = await this.#places.acquire(signal);
    try {
      const picture = await this.#picture(searched);
      const startedAtMs = performance.now();
      const options = { signal, deadlineAtMs };
      const found = await find(picture, (squares) => framing.detector.detect(squares, options));
      metrics.faceDetectionDuration.observe((performance.now() - startedAtMs) / 1000);
      metrics.facesFound.inc({ outcome: outcomeOf(found.length) });
      return { photo: picture.photo, faces: await this.#align(found, picture, searched) };
    } finally {
      release();
    }
  }

  async #picture({ bytes, crop, signal }: SearchedPhoto): Promise<WorkingPicture> {
    const { preprocess, limits, metrics } = this.#dependencies;
    const spec = searchSpec();
    const startedAtMs = performance.now();
    const preprocessed = await preprocess(bytes, spec, limits, crop, signal);
    metrics.preprocessDuration.observe((performance.now() - startedAtMs) / 1000);
    return workingPicture(preprocessed, spec);
  }

  async #align(
    found: Awaited<ReturnType<Find>>,
    picture: WorkingPicture,
    searched: SearchedPhoto,
  ): Promise<AlignedFace[]> {
    const { framing, side } = searched;
    const faces = found.map(({ face }) => face);
    const finer = await this.#finerPicture(faces, picture, searched);
    const { pyramid, scale } = picture;
    const frame = framing.points;
    return found.map(({ face, others }) => {
      const placed = inPhoto(face, picture);
      const source = finer ?? picture;
      const { landmarks } = inPicture(placed, source);
      const pixels = alignFace(source.pyramid, landmarks, frame, side);
      const gray = grayStatistics(pixels);
      const seen = { picture: pyramid, scale, face, others, frame, contrast: gray.std };
      return { face: placed, pixels, gray, quality: faceQuality(seen) };
    });
  }

  /** Decodes the part of the photo that holds the faces again where they are small in the picture and larger in the photo. */
  async #finerPicture(
    faces: readonly Face[],
    picture: WorkingPicture,
    { bytes, signal, framing, side }: SearchedPhoto,
  ): Promise<WorkingPicture | undefined> {
    const plan = finerPlan(faces, picture, { frame: framing.points, side });
    if (plan === undefined) return undefined;
    const { preprocess, limits } = this.#dependencies;
    const { spec, crop } = plan;
    return workingPicture(await preprocess(bytes, spec, limits, crop, signal), spec);
  }
}

type Find = (
  picture: WorkingPicture,
  detect: (squares: readonly Uint8Array[]) => Promise<readonly Float32Array[]>,
) => Promise<{ face: Face; others: readonly Face[] }[]>;

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
