import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { coverInSlices } from '../../src/preprocess/cover.ts';
import { fastJpeg } from '../../src/preprocess/fast-jpeg.ts';
import { readJpegHeader } from '../../src/preprocess/jpeg-header.ts';
import { preprocess } from '../../src/preprocess/preprocess.ts';
import { decodeImage, readImageHeader } from '../../src/preprocess/sharp-image.ts';
import { limits, spec } from '../support/pictures.ts';

/** Bounds on the fast path's difference from sharp's, in grey levels. */
const USUAL = 1;
const USUAL_SHARE = 0.999;
const LARGEST = 8;
/** A drift of brightness between the paths would show here first. */
const MEAN = 0.25;

async function viaSharp(file: Buffer): Promise<Uint8Array> {
  const header = await readImageHeader(file, 'jpeg');
  return coverInSlices(await decodeImage(file, header, spec, limits.maxPixels), spec);
}

/** How often each signed difference of fast path minus sharp path occurs. */
async function differences(files: AsyncIterable<Buffer> | Iterable<Buffer>) {
  const counts = new Map<number, number>();
  for await (const file of files) {
    const header = readJpegHeader(file);
    if (!header || fastJpeg(file, header) === undefined) continue;
    const [fast, slow] = [(await preprocess(file, spec, limits)).pixels, await viaSharp(file)];
    fast.forEach((level, i) => {
      const difference = level - slow[i]!;
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    });
  }
  return counts;
}

function expectAgreement(counts: Map<number, number>, pictures: number): void {
  const entries = [...counts];
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  expect(total).toBe(pictures * spec.width * spec.height);
  const usual = entries.filter(([difference]) => Math.abs(difference) <= USUAL);
  const usualCount = usual.reduce((sum, [, count]) => sum + count, 0);
  expect(usualCount / total).toBeGreaterThanOrEqual(USUAL_SHARE);
  const largest = Math.max(...entries.map(([difference]) => Math.abs(difference)));
  expect(largest).toBeLessThanOrEqual(LARGEST);
  const sum = entries.reduce((sum, [difference, count]) => sum + difference * count, 0);
  expect(Math.abs(sum / total)).toBeLessThan(MEAN);
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
