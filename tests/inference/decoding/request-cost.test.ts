import { describe, expect, it } from 'vitest';
import { drawFaceJpeg, encodeJpeg } from '../../../src/drawing/draw-face.ts';
import { detailOf } from '../../../src/inference/decoding/header/coded-picture.ts';
import { readHeader } from '../../../src/inference/decoding/header/read-header.ts';
import { assertRequestCost } from '../../../src/inference/decoding/request-cost.ts';
import { readJpegHeader } from '../../../src/inference/preprocess/format/jpeg-header.ts';
import { paint, pngHeader } from '../../support/pictures.ts';

const limits = { maxPixels: 1_000_000, maxCpuMs: 10_000 };
const copies = (count: number, file: Uint8Array) => Array.from({ length: count }, () => file);

describe('the photos of a request', () => {
  it('may have four times the pixels of the largest photo together', () => {
    const photo = pngHeader(1000, 800);
    expect(() => assertRequestCost(copies(5, photo), limits)).not.toThrow();
    expect(() => assertRequestCost(copies(6, photo), limits)).toThrow(
      /have 4800000 pixels together; at most 4000000 are accepted \(4 times MAX_PIXELS\)/,
    );
  });

  it('may take as long to decode as a request waits', () => {
    const photo = pngHeader(1000, 1000);
    const strict = { ...limits, maxCpuMs: 60 };
    expect(() => assertRequestCost([photo, photo], strict)).not.toThrow();
    expect(() => assertRequestCost(copies(4, photo), strict)).toThrow(
      /REQUEST_DEADLINE_MS allows 60 ms/,
    );
  });

  it('take longer to decode where their faces are searched, and longer still where a part is asked for', () => {
    const photo = encodeJpeg(
      paint(1600, 1200, (x) => [x % 256, 90, 90]),
      80,
    );
    const files = copies(2, photo);
    const costOf = (detail: 'reduced' | 'half' | 'full') =>
      readHeader(photo, { jpeg: readJpegHeader(photo), detail }).cost.cpuMs;
    expect(costOf('reduced')).toBeLessThan(costOf('half'));
    expect(costOf('half')).toBeLessThan(costOf('full'));
    const strict = { maxPixels: 2_000_000, maxCpuMs: 2 * costOf('half') };
    expect(() => assertRequestCost(files, strict)).not.toThrow();
    expect(() => assertRequestCost(files, strict, detailOf(true, false))).not.toThrow();
    expect(() => assertRequestCost(files, strict, detailOf(true, true))).toThrow(/decod/i);
  });

  it('do not count if they are refused on their own', () => {
    const tooLarge = pngHeader(2000, 2000);
    const files = [...copies(9, tooLarge), Buffer.from('text'), drawFaceJpeg({ age: 30, seed: 1 })];
    expect(() => assertRequestCost(files, limits)).not.toThrow();
  });
});
