import { describe, expect, it } from 'vitest';
import { utkFrame } from '../../src/inference/faces/align.ts';
import type { Face } from '../../src/inference/faces/find-faces.ts';
import { Pyramid } from '../../src/inference/faces/pyramid.ts';
import { finerPlan } from '../../src/inference/finer-picture.ts';
import { flat } from '../support/detector.ts';

const input = { frame: utkFrame, side: 120 };

/** A face whose aligned square has the given place and side, in pixels of the picture. */
function faceIn(left: number, top: number, side: number): Face {
  const at = ({ x, y }: { x: number; y: number }) => ({ x: left + x * side, y: top + y * side });
  const { leftEye, rightEye, mouth } = utkFrame;
  return {
    box: { x: left, y: top, width: side, height: side },
    score: 0.9,
    rollDegrees: 0,
    landmarks: {
      leftEye: at(leftEye),
      rightEye: at(rightEye),
      mouth: at(mouth),
      nose: at({ x: 0.5, y: 0.53 }),
      leftEar: at({ x: 0.1, y: 0.4 }),
      rightEar: at({ x: 0.9, y: 0.4 }),
    },
  };
}

/** The working picture of a photo of that size, at 640 pixels. */
function picture(width: number, height: number) {
  const scale = Math.max(1, Math.max(width, height) / 640);
  const photo = { width, height, format: 'jpeg' };
  const size = [Math.round(width / scale), Math.round(height / scale)] as const;
  return { pyramid: new Pyramid(flat(...size, 90)), scale, photo, origin: { left: 0, top: 0 } };
}

describe('finerPlan', () => {
  it('plans nothing for a face that the picture shows as finely as the network sees it', () => {
    expect(finerPlan([faceIn(100, 100, 130)], picture(4000, 3000), input)).toBeUndefined();
  });

  it('plans nothing where the photo has no more pixels than the picture', () => {
    expect(finerPlan([faceIn(10, 10, 40)], picture(640, 480), input)).toBeUndefined();
  });

  it('plans the part around a small face, with 1.5 pixels for each of the input', () => {
    const { crop, spec } = finerPlan([faceIn(200, 100, 60)], picture(3200, 2400), input)!;
    if (crop.crop.unit !== 'pixels') throw new Error('a crop in pixels');
    const { left, top, width, height } = crop.crop;
    expect(left).toBeLessThanOrEqual(1000);
    expect(top).toBeLessThanOrEqual(500);
    expect(left + width).toBeGreaterThanOrEqual(1300);
    expect(top + height).toBeGreaterThanOrEqual(800);
    expect(width).toBeLessThan(360);
    const inputPixels = 300 / 120;
    expect((spec.maxSide / Math.max(width, height)) * inputPixels).toBeCloseTo(1.5, 1);
  });

  it('never plans to enlarge the photo', () => {
    const { crop, spec } = finerPlan([faceIn(200, 100, 20)], picture(1280, 960), input)!;
    if (crop.crop.unit !== 'pixels') throw new Error('a crop in pixels');
    expect(spec.maxSide).toBeLessThanOrEqual(Math.max(crop.crop.width, crop.crop.height));
  });

  it('keeps within the part that was searched, and bounds the picture', () => {
    const searched = { ...picture(8000, 6000), origin: { left: 500, top: 300 } };
    const faces = [faceIn(-20, -20, 50), faceIn(600, 450, 50)];
    const { crop, spec } = finerPlan(faces, searched, input)!;
    expect(crop.crop).toMatchObject({ left: 500, top: 300, width: 8000, height: 6000 });
    expect(spec.maxSide).toBe(2048);
  });
});
