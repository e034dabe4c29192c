import { describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { searchSpec } from '../../../src/inference/face-detector.ts';
import { searchFaces } from '../../../src/inference/face-search.ts';
import { utkFrame } from '../../../src/inference/faces/align.ts';
import { planeOf } from '../../../src/inference/preprocess/picture.ts';
import { preprocess } from '../../../src/inference/preprocess/preprocess.ts';
import { encoder, limits, paint, spec } from '../../support/pictures.ts';

const color = { ...spec, channels: 3 } as const;
const face = drawFaceRgb({ age: 35, seed: 7 });
/** A photo whose channels differ in every pixel: the drawing, darker in green and inverted in blue. */
const photo = {
  ...face,
  rgb: face.rgb.map((level, at) =>
    at % 3 === 0 ? level : at % 3 === 1 ? level >> 1 : 255 - level,
  ),
};
/** One of its channels as a gray photo. */
const channelOf = (channel: number) => {
  const plane = planeOf(photo.rgb, channel, 3);
  return {
    ...photo,
    rgb: Uint8Array.from({ length: 3 * plane.length }, (_, at) => plane[Math.floor(at / 3)]!),
  };
};
const apart = (one: Uint8Array, other: Uint8Array) =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);

describe('a photo for a network that takes color', () => {
  it.each([0, 1, 2])(
    'is resampled in channel %i as a gray photo of that channel',
    async (channel) => {
      const { pixels } = await preprocess(await encoder(photo).png().toBuffer(), color, limits);
      const gray = await preprocess(
        await encoder(channelOf(channel)).png().toBuffer(),
        spec,
        limits,
      );
      expect(pixels).toHaveLength(3 * spec.width * spec.height);
      expect(apart(planeOf(pixels, channel, 3), gray.pixels)).toBeLessThanOrEqual(1);
    },
  );

  it('is turned by its EXIF orientation in all channels', async () => {
    const turned = await encoder(photo)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const upright = await encoder(photo).rotate(90).png().toBuffer();
    const [a, b] = await Promise.all(
      [turned, upright].map((file) => preprocess(file, color, limits)),
    );
    expect(apart(a!.pixels, b!.pixels)).toBeLessThan(12);
  });

  it('has three equal channels where it is gray', async () => {
    const gray = await encoder(paint(300, 300, (x) => [x % 256, x % 256, x % 256]))
      .grayscale()
      .jpeg()
      .toBuffer();
    const { pixels } = await preprocess(gray, color, limits);
    expect(planeOf(pixels, 0, 3)).toEqual(planeOf(pixels, 2, 3));
  });

  it('keeps its gray levels beside its colors where faces are searched', async () => {
    const file = await encoder(photo).png().toBuffer();
    const inColor = await preprocess(file, { ...searchSpec(), inColor: true }, limits);
    expect(inColor.pixels).toEqual((await preprocess(file, searchSpec(), limits)).pixels);
    expect(inColor.colors).toHaveLength(3);
  });

  it('has its face aligned in each channel at the same place', async () => {
    const file = await encoder(photo).png().toBuffer();
    const eye = (x: number) => ({ x, y: 200 });
    const landmarks = {
      ...{ leftEye: eye(190), rightEye: eye(310), mouth: { x: 250, y: 330 } },
      ...{ nose: { x: 250, y: 260 }, leftEar: eye(130), rightEar: eye(370) },
    };
    const box = { x: 120, y: 120, width: 260, height: 260 };
    const found = [{ face: { box, landmarks, score: 1, rollDegrees: 0 }, others: [] }];
    const search = (bytes: Uint8Array, channels: 1 | 3) =>
      searchFaces(
        {
          decode: (wanted, part) => preprocess(bytes, wanted, limits, part),
          detect: () => Promise.resolve([]),
          ...{ points: utkFrame, side: 120, channels },
        },
        () => Promise.resolve(found),
      );
    const [main] = (await search(file, 3)).faces;
    expect(main!.pixels).toHaveLength(3 * 120 * 120);
    for (const channel of [0, 1, 2]) {
      const alone = await encoder(channelOf(channel)).png().toBuffer();
      const [gray] = (await search(alone, 1)).faces;
      expect(apart(planeOf(main!.pixels, channel, 3), gray!.pixels)).toBeLessThanOrEqual(1);
    }
  });
});
