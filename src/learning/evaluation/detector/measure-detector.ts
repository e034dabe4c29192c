import { stat } from 'node:fs/promises';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { detectWith } from '../../../inference/face-detector.ts';
import { readLocalDetector, shippedDetector } from '../../../registry/detector/local-detector.ts';
import { loadDetector } from '../../../registry/loading/local-detector.ts';
import { defaultCounts, type DetectorEvaluation } from './detector-evaluation.ts';
import type { DetectorFigures } from './detector-figures.ts';
import { findWith, type FindFaces } from './find-in-photo.ts';
import { measureGroups, measureMontages, measureVariants } from './measure-arranged.ts';
import { measureShifts } from './measure-shifts.ts';
import { measureBoxes, measureFolder } from './measure-photos.ts';
import { listPhotos, type PhotoFile } from './photo-files.ts';

/**
 * Measures finding with a detector: all faces where boxes are known (a table of boxes, groups, montages), else the largest
 * face of each photo.
 * @throws LabelsError, ArtifactError, GoldenMismatchError; ServiceError for a photo that cannot be decoded
 */
export async function measureDetector(
  evaluation: DetectorEvaluation,
  onProgress: (done: number, total: number) => void,
): Promise<DetectorFigures> {
  const measure = await measurementOf(evaluation, onProgress);
  const engine = createOnnxEngine({ threads: 0 });
  try {
    const folder = evaluation.folder ?? shippedDetector(1);
    const model = await loadDetector(engine, await readLocalDetector(folder));
    return await measure(findWith(detectWith(model))).finally(() => model.dispose());
  } finally {
    await engine.close();
  }
}

type Measure = (find: FindFaces) => Promise<DetectorFigures>;

async function measurementOf(
  evaluation: DetectorEvaluation,
  onProgress: (done: number, total: number) => void,
): Promise<Measure> {
  const { arrange, data } = evaluation;
  if (!(await stat(data)).isDirectory()) {
    if (arrange !== undefined) throw new Error('Only the photos of a folder can be arranged.');
    return (find) => measureBoxes(data, find, onProgress);
  }
  const photos = await listPhotos(evaluation);
  if (arrange === undefined) return (find) => measureFolder(photos, find, onProgress);
  const { count = defaultCounts[arrange], seed = 1 } = evaluation;
  const arrangement = { crops: photos, count, seed };
  if (arrange === 'montages') return (find) => measureMontages(arrangement, find, onProgress);
  if (arrange === 'shifts') return (find) => measureShifts(arrangement, find, onProgress);
  if (arrange === 'variants') return (find) => measureVariants(arrangement, find, onProgress);
  const backgrounds = await backgroundsOf(evaluation);
  return (find) => measureGroups(arrangement, backgrounds, find, onProgress);
}

/** Photos in the table of exceptions are left out of the backgrounds too. */
async function backgroundsOf({ backgrounds, ...choice }: DetectorEvaluation): Promise<PhotoFile[]> {
  if (backgrounds === undefined)
    throw new Error('Groups need --backgrounds: a folder of photos without a face.');
  return listPhotos({ ...choice, data: backgrounds });
}
