import { createOnnxEngine } from '../../src/inference/engine/onnx-engine.ts';
import { detectWith } from '../../src/inference/face-detector.ts';
import type { Detect } from '../../src/inference/faces/view.ts';
import type { Gray } from '../../src/inference/faces/pyramid.ts';
import { readLocalDetector, shippedDetector } from '../../src/registry/detector/local-detector.ts';
import { loadDetector } from '../../src/registry/loading/local-detector.ts';

/** The detector that ships with the package, on one thread of onnxruntime; it stays loaded. */
export async function openDetector(): Promise<Detect> {
  const engine = createOnnxEngine({ threads: 1 });
  return detectWith(await loadDetector(engine, await readLocalDetector(shippedDetector(1))));
}

/** Copies a picture into another at a place, without blending. */
export function paste(onto: Gray, { width, height, gray }: Gray, left: number, top: number): void {
  for (let row = 0; row < height; row += 1) {
    const from = row * width;
    onto.gray.set(gray.subarray(from, from + width), (top + row) * onto.width + left);
  }
}

/** A picture of one gray level. */
export function flat(width: number, height: number, level: number): Gray {
  return { width, height, gray: new Uint8Array(width * height).fill(level) };
}
