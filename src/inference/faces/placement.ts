import { landmarkNames, type Landmarks } from './anchors.ts';
import type { Face } from './find-faces.ts';
import type { Point } from './geometry.ts';

/** Where a picture lies in its photo. */
export interface Placement {
  /** Pixels of the photo per pixel of the picture. */
  scale: number;
  /** Where the picture begins in the photo, in pixels of the photo. */
  origin: { left: number; top: number };
}

/** Maps a face from pixels of a picture to pixels of the photo. */
export function inPhoto(face: Face, { scale, origin }: Placement): Face {
  return mapped(face, scale, ({ x, y }) => ({
    x: x * scale + origin.left,
    y: y * scale + origin.top,
  }));
}

/** Maps a face from pixels of the photo to pixels of a picture. */
export function inPicture(face: Face, { scale, origin }: Placement): Face {
  return mapped(face, 1 / scale, ({ x, y }) => ({
    x: (x - origin.left) / scale,
    y: (y - origin.top) / scale,
  }));
}

function mapped({ box, landmarks, ...rest }: Face, scale: number, map: (point: Point) => Point) {
  const points = landmarkNames.map((name) => [name, map(landmarks[name])]);
  return {
    ...rest,
    box: { ...map(box), width: box.width * scale, height: box.height * scale },
    landmarks: Object.fromEntries(points) as Landmarks,
  };
}
