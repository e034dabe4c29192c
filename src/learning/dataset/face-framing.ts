import { createOnnxEngine } from '../../inference/engine/onnx-engine.ts';
import { detectWith } from '../../inference/face-detector.ts';
import { findLargest, searchFaces } from '../../inference/face-search.ts';
import type { Frame } from '../../inference/faces/align.ts';
import { faceFactsOf, type FaceFacts } from '../../inference/faces/face-facts.ts';
import type { Detect } from '../../inference/faces/find-faces.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { PreprocessLimits, PreprocessSpec } from '../../inference/preprocess/spec.ts';
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
}

/** A photo as the network gets it. */
export interface FramedPhoto {
  /** spec.width × spec.height gray levels: the aligned face, or the whole photo. */
  pixels: Uint8Array;
  /** Null if faces were searched and none was found; undefined if the photo was taken for the framed face. */
  face: FaceFacts | null | undefined;
}

/** Brings photos into the network's input. */
export interface PhotoFramer {
  /** @throws ServiceError if the photo cannot be decoded */
  frame(photo: Uint8Array): Promise<FramedPhoto>;
  close(): Promise<void>;
}

/** Takes each photo for the framed face. */
export function wholePhotos(spec: PreprocessSpec, limits: PreprocessLimits): PhotoFramer {
  return {
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
  { detectorFolder, points }: FaceFraming,
): Promise<PhotoFramer> {
  const engine = createOnnxEngine({ threads: 1 });
  const model = await loadDetector(engine, await readLocalDetector(detectorFolder));
  const detect = detectWith(model);
  const find = (photo: Uint8Array) => largestFace(photo, { points, detect, spec, limits });
  return {
    frame: async (photo) =>
      (await find(photo)) ?? { ...(await preprocess(photo, spec, limits)), face: null },
    close: async () => {
      await model.dispose();
      await engine.close();
    },
  };
}

async function largestFace(
  photo: Uint8Array,
  {
    points,
    detect,
    spec,
    limits,
  }: { points: Frame; detect: Detect; spec: PreprocessSpec; limits: PreprocessLimits },
): Promise<FramedPhoto | undefined> {
  const search = {
    decode: (...[working, part]: Parameters<Parameters<typeof searchFaces>[0]['decode']>) =>
      preprocess(photo, working, limits, part),
    detect,
    points,
    side: spec.width,
  };
  const { faces } = await searchFaces(search, findLargest);
  const [main] = faces;
  return main && { pixels: main.pixels, face: faceFactsOf(main.face) };
}

/** @param framing undefined takes each photo for the framed face */
export async function openFramer(
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  framing: FaceFraming | undefined,
): Promise<PhotoFramer> {
  return framing === undefined ? wholePhotos(spec, limits) : alignedFaces(spec, limits, framing);
}
