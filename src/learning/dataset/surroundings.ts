import type { Frame } from '../../inference/faces/align.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';

/**
 * Training looks at more than the network's input: pictures in the cache may show the surroundings of the face too, so that
 * shifting and turning the face brings in what really is around it. The network's input is their middle.
 */
const STORED_SHARE = 1.6;

/** The width of a picture that shows the surroundings of an input of `side` pixels; the margin is a whole number. */
export function storedSideOf(side: number): number {
  return side + 2 * Math.round((side * (STORED_SHARE - 1)) / 2);
}

/** The spec of pictures with surroundings. */
export function withSurroundings(spec: PreprocessSpec): PreprocessSpec {
  return { ...spec, width: storedSideOf(spec.width), height: storedSideOf(spec.height) };
}

/** Where eyes and mouth lie in pictures with surroundings, so that their middle is what the frame describes. */
export function framedWithin(frame: Frame, side: number): Frame {
  const stored = storedSideOf(side);
  const moved = (share: number) => (share * side + (stored - side) / 2) / stored;
  const place = ({ x, y }: Frame['mouth']) => ({ x: moved(x), y: moved(y) });
  return {
    leftEye: place(frame.leftEye),
    rightEye: place(frame.rightEye),
    mouth: place(frame.mouth),
  };
}

/**
 * Puts a framed picture into the middle of one with surroundings, which continue it mirrored.
 * @param pixels side × side gray levels
 */
export function surround(pixels: Uint8Array, side: number): Uint8Array {
  const stored = storedSideOf(side);
  const margin = (stored - side) / 2;
  const source = Int32Array.from({ length: stored }, (_, at) => mirrored(at - margin, side));
  const target = new Uint8Array(stored * stored);
  for (let y = 0; y < stored; y++)
    for (let x = 0; x < stored; x++)
      target[y * stored + x] = pixels[source[y]! * side + source[x]!]!;
  return target;
}

function mirrored(at: number, length: number): number {
  if (at < 0) return -at - 1;
  return at < length ? at : 2 * length - at - 1;
}
