import { createHash } from 'node:crypto';
import path from 'node:path';
import { drawFaceJpeg } from '../drawing/draw-face.ts';
import { preprocess } from '../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../inference/preprocess/spec.ts';

/** To be raised when the files of a cache change their form. */
const FORMAT = 1;

/** One for each way through preprocessing: libjpeg's luma, and sharp at a quality that it is kept for. */
const QUALITIES = [80, 95];

/**
 * The folder of the photos of one location under one preprocessing. What drawn faces come out as is part of its
 * name, so that a change in the code or the codecs makes a new one, just as a change in the spec does.
 */
export async function cacheFolder(
  root: string,
  location: string,
  spec: PreprocessSpec,
): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify({ FORMAT, location, spec }));
  for (const quality of QUALITIES) {
    const drawing = drawFaceJpeg({ age: 34, seed: 1 }, quality);
    name.update((await preprocess(drawing, spec, { maxPixels: 1_000_000 })).pixels);
  }
  return path.join(root, name.digest('hex').slice(0, 20));
}
