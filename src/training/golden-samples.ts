import { drawFaceJpeg } from '../drawing/draw-face.ts';
import type { EngineModel } from '../inference/engine/engine.ts';
import { preprocess } from '../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../inference/preprocess/spec.ts';
import type { Golden } from '../registry/manifest.ts';
import { seededRandom } from '../common/random.ts';

const DRAWN_AGES = [6, 34, 71];

/** Drawn faces and seeded noise with the network's raw output: what every load must reproduce. */
export async function goldenSamples(network: EngineModel, spec: PreprocessSpec): Promise<Golden[]> {
  const faces = DRAWN_AGES.map(async (age, seed) => {
    const drawing = drawFaceJpeg({ age, seed });
    return (await preprocess(drawing, spec, { maxPixels: 1_000_000 })).pixels;
  });
  const samples: Golden[] = [];
  for (const pixels of [...(await Promise.all(faces)), noise(spec.width * spec.height)]) {
    const output = await network.run(pixels.slice(), 1);
    samples.push({
      pixels: Buffer.from(pixels).toString('base64'),
      output: [...output],
      tolerance: { onnxruntime: 1e-4, tensorflow: 1e-4 },
    });
  }
  return samples;
}

function noise(length: number): Uint8Array {
  const random = seededRandom(1);
  return Uint8Array.from({ length }, () => random() * 256);
}
