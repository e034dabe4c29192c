import { describe, expect, it } from 'vitest';
import { darkerPhoto, drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { grayStatistics } from '../../src/inference/preprocess/photo-warnings.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import { limits, spec } from '../support/pictures.ts';

describe('a darker photo', () => {
  it('keeps its size and scales its levels', async () => {
    const photo = drawFaceJpeg({ age: 30, seed: 1 });
    const before = await preprocess(photo, spec, limits);
    const after = await preprocess(await darkerPhoto(photo, 0.5), spec, limits);
    expect(after.photo).toEqual(before.photo);
    const [bright, dark] = [before, after].map(({ pixels }) => grayStatistics(pixels));
    expect(dark!.mean / bright!.mean).toBeCloseTo(0.5, 1);
    expect(dark!.std / bright!.std).toBeCloseTo(0.5, 1);
  });
});
