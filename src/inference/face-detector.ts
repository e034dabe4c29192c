import type { EngineModel } from './engine/engine.ts';
import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from './faces/anchors.ts';
import type { Detect } from './faces/find-faces.ts';

/** More squares in one run take longer to arrive than they save. */
const MAX_BATCH = 8;

/** Runs a loaded detector directly, for commands and training; the server batches across requests instead. */
export function detectWith(model: Pick<EngineModel, 'run'>): Detect {
  return async (squares) => {
    const outputs: Float32Array[] = [];
    for (let start = 0; start < squares.length; start += MAX_BATCH) {
      const batch = squares.slice(start, start + MAX_BATCH);
      const output = await model.run(joined(batch), batch.length);
      for (let row = 0; row < batch.length; row += 1) {
        outputs.push(output.subarray(row * DETECTOR_OUTPUTS, (row + 1) * DETECTOR_OUTPUTS));
      }
    }
    return outputs;
  };
}

function joined(squares: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(squares.length * DETECTOR_SIDE ** 2);
  for (const [index, square] of squares.entries()) pixels.set(square, index * DETECTOR_SIDE ** 2);
  return pixels;
}
