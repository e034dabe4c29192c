import type { EngineModel } from '../inference/engine/engine.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';

/** The raw output of each photo, one photo a batch, as the service answers a single upload. */
export async function answersOf(network: EngineModel, photos: PhotoSet): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  const reader = new PhotoReader(photos);
  try {
    for (let index = 0; index < photos.count; index++) {
      outputs.push((await network.run(reader.read(index), 1)).slice());
    }
  } finally {
    reader.close();
  }
  return outputs;
}
