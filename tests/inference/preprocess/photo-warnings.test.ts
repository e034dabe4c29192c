import { describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { grayStatistics, photoWarnings } from '../../../src/inference/preprocess/photo-warnings.ts';
import type { WarningDetail } from '../../../src/inference/preprocess/warnings.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, paint, spec } from '../../support/pictures.ts';

const codes = (details: readonly WarningDetail[]): string[] => details.map(({ code }) => code);

function warningsFor(width: number, height: number, pixels = Uint8Array.of(0, 255)): string[] {
  return codes(photoWarnings({ width, height, format: 'jpeg' }, grayStatistics(pixels), spec));
}

async function warningsForFile(file: Buffer): Promise<string[]> {
  const { photo, pixels } = await preprocess(file, spec, limits);
  return codes(photoWarnings(photo, grayStatistics(pixels), spec));
}

describe('photoWarnings', () => {
  it('has no warning for an ordinary photo', async () => {
    const file = drawFaceJpeg({ age: 30, seed: 3 });
    expect(await warningsForFile(file)).toEqual([]);
  });

  it('warns about photos smaller than the network’s input on either side', () => {
    expect(warningsFor(120, 120)).toEqual([]);
    expect(warningsFor(119, 120)).toEqual(['tiny']);
    expect(warningsFor(120, 119)).toEqual(['tiny']);
  });

  it('warns about photos of which the crop keeps less than half', () => {
    expect(warningsFor(480, 240)).toEqual([]);
    expect(warningsFor(481, 240)).toEqual(['far_from_square']);
    expect(warningsFor(240, 481)).toEqual(['far_from_square']);
  });

  it('warns about photos with almost no contrast', async () => {
    const fog = encoder(paint(200, 200, (x) => [120 + (x % 20), 130, 130]));
    expect(await warningsForFile(await fog.jpeg().toBuffer())).toEqual(['low_contrast']);
  });

  it('says what raised a warning, which changes no decision', () => {
    const photo = { width: 60, height: 90, format: 'jpeg' };
    expect(photoWarnings(photo, grayStatistics(Uint8Array.of(0, 255)), spec)).toEqual([
      { code: 'tiny', severity: 'minor', value: 60, threshold: 120 },
    ]);
  });

  it('lists every warning that applies', () => {
    expect(warningsFor(60, 20, new Uint8Array(4))).toEqual([
      'tiny',
      'low_contrast',
      'far_from_square',
    ]);
  });
});

describe('grayStatistics', () => {
  it('returns the mean and the population standard deviation', () => {
    expect(grayStatistics(Uint8Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({ mean: 5, std: 2 });
    expect(grayStatistics(new Uint8Array(1000).fill(77))).toEqual({ mean: 77, std: 0 });
  });
});
