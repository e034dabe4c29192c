import { createOnnxEngine } from '../../inference/engine/onnx-engine.ts';
import { detectWith } from '../../inference/face-detector.ts';
import { findLargest, searchFaces, type FindFaces } from '../../inference/face-search.ts';
import type { Frame } from '../../inference/faces/align.ts';
import { faceFactsOf, type FaceFacts } from '../../inference/faces/face-facts.ts';
import type { Detect } from '../../inference/faces/view.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import { inPicture } from '../../inference/faces/placement.ts';
import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import { framedWithin, surround, withSurroundings } from './surroundings.ts';
import {
  inputLength,
  type PreprocessLimits,
  type PreprocessSpec,
} from '../../inference/preprocess/spec.ts';
import type { Framing } from '../../registry/framing.ts';
import type { ModelRegistry } from '../../registry/registry.ts';
import { readLocalDetector } from '../../registry/detector/local-detector.ts';
import { loadDetector } from '../../registry/loading/local-detector.ts';

/** How the faces of a dataset are found and aligned. It is plain data because it is posted to worker threads. */
export interface FaceFraming {
  /** The folder of the detector. */
  detectorFolder: string;
  /** SHA-256 of the detector's network. */
  detectorSha256: string;
  /** Where eyes and mouth lie in the network's input. */
  points: Frame;
  /** Whether the pictures show the surroundings of the network's input as well; false by default. */
  surroundings?: boolean | undefined;
}

/** How a version's framing finds and aligns faces; undefined where it takes photos as they are sent. */
export async function faceFramingOf(
  framing: Framing,
  registry: Pick<ModelRegistry, 'fetchDetector'>,
): Promise<FaceFraming | undefined> {
  if (framing.kind === 'as-sent') return undefined;
  const { detector, points } = framing;
  const { directory } = await registry.fetchDetector(detector);
  return { detectorFolder: directory, detectorSha256: detector.sha256, points };
}

/** A photo as the network gets it. */
export interface FramedPhoto {
  /** The gray levels of the aligned face, or of the whole photo. */
  pixels: Uint8Array;
  /** Null if faces were searched and none was found; undefined if the photo was taken for the framed face. */
  face: FaceFacts | null | undefined;
}

/** Brings photos into the network's input. */
export interface PhotoFramer {
  /** Gray levels of a picture. */
  readonly pictureLength: number;
  /**
   * @param knownFace where the face is, which is then not searched
   * @throws ServiceError if the photo cannot be decoded
   */
  frame(photo: Uint8Array, knownFace?: StoredFace): Promise<FramedPhoto>;
  close(): Promise<void>;
}

/** Takes each photo for the framed face. */
export function wholePhotos(spec: PreprocessSpec, limits: PreprocessLimits): PhotoFramer {
  return {
    pictureLength: inputLength(spec),
    frame: async (photo) => {
      const { pixels } = await preprocess(photo, spec, limits);
      return { pixels, face: undefined };
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Finds the largest face of each photo and aligns it, as serving does. A photo without a face stays whole.
 * @throws RegistryError, GoldenMismatchError
 */
async function alignedFaces(
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  { detectorFolder, points, surroundings = false }: FaceFraming,
): Promise<PhotoFramer> {
  const engine = createOnnxEngine({ threads: 1 });
  const model = await loadDetector(engine, await readLocalDetector(detectorFolder));
  const detect = detectWith(model);
  const stored = surroundings ? withSurroundings(spec) : spec;
  const frame = surroundings ? framedWithin(points, spec.width) : points;
  const search = { points: frame, detect, spec: stored, limits };
  return {
    pictureLength: inputLength(stored),
    frame: async (photo, knownFace) => {
      const found = await largestFace(photo, search, knownFace);
      if (found !== undefined) return found;
      const { pixels } = await preprocess(photo, spec, limits);
      return { pixels: surroundings ? surround(pixels, spec.width) : pixels, face: null };
    },
    close: async () => {
      await model.dispose();
      await engine.close();
    },
  };
}

interface LargestFaceSearch {
  points: Frame;
  detect: Detect;
  spec: PreprocessSpec;
  limits: PreprocessLimits;
}

async function largestFace(
  photo: Uint8Array,
  { points, detect, spec, limits }: LargestFaceSearch,
  knownFace: StoredFace | undefined,
): Promise<FramedPhoto | undefined> {
  const search = {
    decode: (...[working, part]: Parameters<Parameters<typeof searchFaces>[0]['decode']>) =>
      preprocess(photo, working, limits, part),
    detect,
    points,
    side: spec.width,
    channels: spec.channels,
  };
  const { faces } = await searchFaces(
    search,
    knownFace === undefined ? findLargest : at(knownFace),
  );
  const [main] = faces;
  return main && { pixels: main.pixels, face: faceFactsOf(main.face) };
}

/** Finds a face where it is known to be, in pixels of the photo. */
function at({ box, landmarks }: StoredFace): FindFaces {
  const face = { box, landmarks, score: 1, rollDegrees: 0 };
  return (picture) => Promise.resolve([{ face: inPicture(face, picture), others: [] }]);
}

/** @param framing undefined takes each photo for the framed face */
export async function openFramer(
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  framing: FaceFraming | undefined,
): Promise<PhotoFramer> {
  return framing === undefined ? wholePhotos(spec, limits) : alignedFaces(spec, limits, framing);
}
