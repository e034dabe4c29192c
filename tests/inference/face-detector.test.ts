import { expect, it } from 'vitest';
import { DETECTOR_MAX_BATCH, detectWith } from '../../src/inference/face-detector.ts';
import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from '../../src/inference/faces/anchors.ts';

const square = (level: number) => new Uint8Array(DETECTOR_SIDE ** 2).fill(level);

it('runs the squares of photos that are searched at the same time one batch after another', async () => {
  let running = 0;
  let most = 0;
  const detect = detectWith({
    run: async (pixels, count) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running -= 1;
      if (pixels[0] === 99) throw new Error('the network failed');
      const output = new Float32Array(count * DETECTOR_OUTPUTS);
      for (let row = 0; row < count; row++)
        output.fill(pixels[row * DETECTOR_SIDE ** 2]!, row * DETECTOR_OUTPUTS);
      return output;
    },
  });
  const many = Array.from({ length: DETECTOR_MAX_BATCH + 1 }, (_, index) => square(index));
  const failing = detect([square(99)]);
  const [one, all] = await Promise.all([
    detect([square(50)]),
    detect(many),
    failing.catch(() => 0),
  ]);
  expect(most).toBe(1);
  expect(one.map(([first]) => first)).toEqual([50]);
  expect(all.map(([first]) => first)).toEqual(many.map(([level]) => level));
  await expect(failing).rejects.toThrow('the network failed');
});
