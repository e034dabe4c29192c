import { readWorkingPicture } from '../../../inference/face-detector.ts';
import { findAllFaces, findLargestFace } from '../../../inference/faces/find-faces.ts';
import type { Detect } from '../../../inference/faces/view.ts';
import type { Landmarks } from '../../../inference/faces/anchors.ts';
import { inPhoto } from '../../../inference/faces/placement.ts';
import type { Box } from '../../../inference/faces/geometry.ts';

/** Any number of faces counts when all are measured. */
const MAX_FACES = 100;
const MAX_PIXELS = 100_000_000;

/** The box of the largest face and what else is known of it, in pixels of the photo as displayed. */
export interface LargestFace extends Box {
  isInMiddle: boolean;
  landmarks: Landmarks;
}

/** Finds faces in the file of a photo; boxes are in pixels of the photo as displayed. */
export interface FindFaces {
  /** @throws ServiceError for a photo that cannot be decoded */
  all: (photo: Uint8Array) => Promise<Box[]>;
  /** @throws ServiceError for a photo that cannot be decoded */
  largest: (photo: Uint8Array) => Promise<LargestFace | undefined>;
}

export function findWith(detect: Detect): FindFaces {
  return {
    async all(photo) {
      const { pyramid, scale } = await readWorkingPicture(photo, { maxPixels: MAX_PIXELS });
      const faces = await findAllFaces(pyramid, detect, MAX_FACES);
      return faces.map(({ box }) => scaled(box, scale));
    },
    async largest(photo) {
      const { pyramid, scale } = await readWorkingPicture(photo, { maxPixels: MAX_PIXELS });
      const face = await findLargestFace(pyramid, detect);
      if (face === undefined) return undefined;
      const { box, landmarks } = inPhoto(face, { scale, origin: { left: 0, top: 0 } });
      return { ...box, landmarks, isInMiddle: isInMiddle(face.box, pyramid.base) };
    },
  };
}

function scaled({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

/** Whether the center of the box lies in the middle half of the photo, in both directions. */
function isInMiddle(box: Box, { width, height }: { width: number; height: number }): boolean {
  const x = (box.x + box.width / 2) / width;
  const y = (box.y + box.height / 2) / height;
  return Math.abs(x - 0.5) <= 0.25 && Math.abs(y - 0.5) <= 0.25;
}
