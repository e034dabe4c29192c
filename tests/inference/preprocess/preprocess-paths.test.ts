import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { coverInSlices } from '../../../src/inference/preprocess/resample.ts';
import { parseCrop, regionOf } from '../../../src/inference/preprocess/crop.ts';
import { fastJpeg } from '../../../src/inference/preprocess/fast-jpeg.ts';
import { readJpegHeader } from '../../../src/inference/preprocess/format/jpeg-header.ts';
import { preprocess, type PhotoCrop } from '../../../src/inference/preprocess/preprocess.ts';
import { wholeOf } from '../../../src/inference/preprocess/picture.ts';
import { decodeImage, readImageHeader } from '../../../src/inference/preprocess/sharp-image.ts';
import { limits, spec } from '../../support/pictures.ts';

/** Limits for the difference between the fast path and sharp, in gray levels. */
const USUAL = 1;
const LARGEST = 8;
/** A difference in brightness between the paths would show in the mean first. */
const whole = { usualShare: 0.999, mean: 0.25 };
/** An enlarged crop does not average out the decoders' rounding as a reduced photo does. */
const enlarged = { usualShare: 0.995, mean: 0.3 };

async function viaSharp(file: Buffer, wanted?: PhotoCrop): Promise<Uint8Array> {
  const header = await readImageHeader(file, 'jpeg');
  const taken = wanted === undefined ? wholeOf(header) : regionOf(wanted.crop, 0, header);
  const { maxPixels } = limits;
  const { picture, region } = await decodeImage(file, header, {
    target: spec,
    region: taken,
    fineness: 3,
    maxPixels,
  });
  return coverInSlices(picture, spec, region);
}

/** The count of each signed difference, fast path minus sharp. */
async function differences(files: AsyncIterable<Buffer> | Iterable<Buffer>, wanted?: PhotoCrop) {
  const counts = new Map<number, number>();
  for await (const file of files) {
    const header = readJpegHeader(file);
    if (!header || fastJpeg(file, header) === undefined) continue;
    const fast = (await preprocess(file, spec, limits, wanted)).pixels;
    const slow = await viaSharp(file, wanted);
    fast.forEach((level, i) => {
      const difference = level - slow[i]!;
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    });
  }
  return counts;
}

function expectAgreement(counts: Map<number, number>, pictures: number, bounds = whole): void {
  const entries = [...counts];
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  expect(total).toBe(pictures * spec.width * spec.height);
  const usual = entries.filter(([difference]) => Math.abs(difference) <= USUAL);
  const usualCount = usual.reduce((sum, [, count]) => sum + count, 0);
  expect(usualCount / total).toBeGreaterThanOrEqual(bounds.usualShare);
  const largest = Math.max(...entries.map(([difference]) => Math.abs(difference)));
  expect(largest).toBeLessThanOrEqual(LARGEST);
  const sum = entries.reduce((sum, [difference, count]) => sum + difference * count, 0);
  expect(Math.abs(sum / total)).toBeLessThan(bounds.mean);
}

describe('fast path and sharp path agree', () => {
  it('on drawn faces', async () => {
    const faces = Array.from({ length: 40 }, (_, i) => drawFaceJpeg({ age: 2 * i, seed: i }));
    expectAgreement(await differences(faces), faces.length);
  });

  it('on drawn faces of medium size', async () => {
    const faces = Array.from({ length: 4 }, (_, i) =>
      drawFaceJpeg({ age: 20 * i, seed: i, size: 330 + 5 * i }),
    );
    expectAgreement(await differences(faces), faces.length);
  });

  it.each([
    ['in the middle, of odd size', '41,37,111,97'],
    ['in a corner, with a fraction of a pixel', '0.004,0.5,0.5,0.5'],
    ['upright', '20,0,60,190'],
  ])('on crops of drawn faces %s', async (_where, text) => {
    const faces = Array.from({ length: 40 }, (_, i) => drawFaceJpeg({ age: 2 * i, seed: i }));
    const wanted = { crop: parseCrop(text), margin: 0 };
    expectAgreement(await differences(faces, wanted), faces.length, enlarged);
  });

  const folder = process.env.FACES_DIR;
  const title = folder ? 'on 400 real faces' : 'on 400 real faces (skipped: FACES_DIR is not set)';
  it.skipIf(!folder)(title, { timeout: 120_000 }, async () => {
    const names = (await readdir(path.join(folder!, 'val'))).filter((name) =>
      name.endsWith('.jpg'),
    );
    const chosen = names.sort().slice(0, 400);
    async function* photos() {
      for (const name of chosen) yield await readFile(path.join(folder!, 'val', name));
    }
    expectAgreement(await differences(photos()), 400);
  });
});
