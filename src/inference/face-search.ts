import { searchSpec, workingPicture, type WorkingPicture } from './face-detector.ts';
import { alignFace, type Frame } from './faces/align.ts';
import { faceQuality, type FaceQuality } from './faces/face-quality.ts';
import { findMainFace, type Face, type MainFace } from './faces/find-faces.ts';
import type { Detect } from './faces/view.ts';
import { inPhoto, inPicture } from './faces/placement.ts';
import { finerPlan } from './finer-picture.ts';
import { grayStatistics, type GrayStatistics } from './preprocess/photo-warnings.ts';
import type { PhotoCrop } from './preprocess/preprocess.ts';
import { interleave } from './preprocess/picture.ts';
import type {
  PhotoFacts,
  PreprocessedPhoto,
  PreprocessSpec,
  SearchSpec,
} from './preprocess/spec.ts';

/** Increment when faces are found or aligned in another way, so that cached faces are searched again. */
export const FINDER_VERSION = 3;

/** A face with the pixels that the age network gets. */
export interface AlignedFace {
  /** In pixels of the whole photo, as displayed. */
  face: Face;
  /** side × side gray levels, or the colors of as many pixels. */
  pixels: Uint8Array;
  /** Of the aligned face in gray. */
  gray: GrayStatistics;
  quality: FaceQuality;
}

export interface FoundFaces {
  /** Of the part in which faces were searched. */
  photo: PhotoFacts;
  /** Largest first. */
  faces: AlignedFace[];
}

/** How the faces of one photo are searched and aligned. */
export interface FaceSearch {
  /**
   * Decodes the photo.
   * @param part the part of the photo to decode; by default the part in which faces are searched
   */
  decode: (spec: SearchSpec, part?: PhotoCrop) => Promise<PreprocessedPhoto>;
  detect: Detect;
  /** Where eyes and mouth lie in the network's input. */
  points: Frame;
  /** Width and height of the network's input. */
  side: number;
  /** Of the network's input; 1 by default. */
  channels?: PreprocessSpec['channels'] | undefined;
}

/** Finds faces in a picture, largest first. */
export type FindFaces = (picture: WorkingPicture, detect: Detect) => Promise<readonly MainFace[]>;

/** Finds the largest face only. */
export const findLargest: FindFaces = async ({ pyramid }, detect) => {
  const main = await findMainFace(pyramid, detect);
  return main === undefined ? [] : [main];
};

/**
 * Finds the faces of a photo and aligns them. Serving and training both use it, so that the network sees the same pixels.
 * @throws what decoding and the detector throw
 */
export async function searchFaces(search: FaceSearch, find: FindFaces): Promise<FoundFaces> {
  const picture = await decoded(search, searchSpec());
  const found = await find(picture, search.detect);
  return { photo: picture.photo, faces: await align(found, picture, search) };
}

async function decoded(
  { decode, channels }: FaceSearch,
  given: SearchSpec,
  part?: PhotoCrop,
): Promise<WorkingPicture> {
  const spec = channels === 3 ? { ...given, inColor: true } : given;
  return workingPicture(await decode(spec, part), spec);
}

async function align(
  found: readonly MainFace[],
  picture: WorkingPicture,
  search: FaceSearch,
): Promise<AlignedFace[]> {
  const faces = found.map(({ face }) => face);
  const finer = await finerPicture(faces, picture, search);
  const { pyramid, scale } = picture;
  const { points: frame, side } = search;
  return found.map(({ face, others }) => {
    const placed = inPhoto(face, picture);
    const source = finer ?? picture;
    const { landmarks } = inPicture(placed, source);
    const levels = alignFace(source.pyramid, landmarks, frame, side);
    const colors = source.colors?.map((color) => alignFace(color, landmarks, frame, side));
    const gray = grayStatistics(levels);
    const aligned = { pixels: levels, side, contrast: gray.std };
    const seen = { picture: pyramid, scale, face, others, frame, aligned };
    const pixels = colors === undefined ? levels : interleave(colors);
    return { face: placed, pixels, gray, quality: faceQuality(seen) };
  });
}

/** Decodes the part of the photo that holds the faces again where they are small in the picture and larger in the photo. */
async function finerPicture(
  faces: readonly Face[],
  picture: WorkingPicture,
  search: FaceSearch,
): Promise<WorkingPicture | undefined> {
  const { points: frame, side } = search;
  const plan = finerPlan(faces, picture, { frame, side });
  return plan && decoded(search, plan.spec, plan.crop);
}
