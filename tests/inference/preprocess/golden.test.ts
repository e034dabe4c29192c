import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, paint, spec } from '../../support/pictures.ts';

// A change here changes the network's input: existing models no longer match it.

/** A drawn face of 40×40 pixels, baseline, 4:2:0. */
const jpeg = Buffer.from(
  [
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT',
    'c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj',
    'Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAoACgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAw',
    'QFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkK',
    'FhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmq',
    'KjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEB',
    'AQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRob',
    'HBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOE',
    'hYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+P',
    'n6/9oADAMBAAIRAxEAPwC1is7U9Ra2YRQ48wjJJ7VpOwjjZz0UEmsY6c13bicviaT5jnoQegrSpPlQ4q5R/tC73Z89',
    'q1NL1Frl/JmxvxkMO9Z/9lXecbBj13CrS6Y9vbtNv/fp8y46DFYxqNMvlubeKKSFxLCkg6MoP50V1mQSoHhdCMhlIq',
    'ExJJDtAXG0bSVB2++DVvFRMu37o+grCutmaU+w0CPcVEQEfXZ2x6UxYkjixtUcHcQoGevb6cU7LZ/1bZ+oxUirvGGH',
    '1FcyTbsjZ6aiwRiOBEUYAUAUVLiivQSscoYoKg9aKKLXATyx604KB0oopRhGOyG5N7i4oooqhH//2Q==',
  ].join(''),
  'base64',
);

describe('golden pixels', () => {
  it('of a PNG match exactly', async () => {
    const picture = paint(200, 160, (x, y) => [
      (x * 5 + y * 3) & 255,
      (x + y * 2) & 255,
      (x * y) & 255,
    ]);
    const file = await encoder(picture).png().toBuffer();
    const { pixels } = await preprocess(file, spec, limits);
    const row = (y: number) => [10, 30, 50, 70, 90, 110].map((x) => pixels[y * 120 + x]);
    expect([15, 45, 75, 105].map(row)).toEqual([
      [130, 110, 163, 145, 192, 172],
      [140, 181, 165, 224, 51, 105],
      [215, 43, 106, 78, 133, 113],
      [68, 127, 105, 163, 136, 198],
    ]);
    expect(createHash('sha256').update(pixels).digest('hex')).toBe(
      '5dc198ff7bdd6c0a655fe3eaa0bfe0ccdf7d1d8001fa21efdb60b265486e3594',
    );
  });

  it('of a JPEG match within one level', async () => {
    const { pixels } = await preprocess(jpeg, { ...spec, width: 12, height: 12 }, limits);
    const expected = [
      [147, 147, 148, 144, 116, 91, 91, 113, 143, 150, 153, 153],
      [153, 153, 109, 107, 78, 62, 62, 75, 107, 105, 155, 158],
      [158, 156, 143, 149, 149, 145, 149, 148, 151, 145, 161, 164],
      [164, 164, 163, 159, 153, 151, 151, 154, 160, 167, 168, 168],
    ];
    const rows = [0, 3, 6, 9].map((y) => Array.from(pixels.subarray(12 * y, 12 * y + 12)));
    expected.flat().forEach((level, i) => {
      expect(Math.abs(level - rows.flat()[i]!)).toBeLessThanOrEqual(1);
    });
  });
});
