import { defaultPreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Dataset, DatasetPhoto } from '../../dataset/dataset.ts';
import type { FaceFraming } from '../../dataset/face-framing.ts';
import { readDataset, type DatasetOptions } from '../../dataset/read-dataset.ts';
import { withSurroundings } from '../../dataset/surroundings.ts';
import { createNegativeSet, joinPhotoSets, type PhotoSet } from './photo-set.ts';

/** Pictures that show no framed face. */
export interface Negatives {
  /** The pictures themselves, and where the detector wrongly found a face in them. */
  train: PhotoSet;
  /** The pictures that measure the second output; they are not trained on. */
  validation: PhotoSet;
  /** Identifies the pictures. */
  fingerprint: string;
  counts: { pictures: number; mistakenForFaces: number };
}

/** Share of the pictures that measure, by content. */
const VALIDATION_SHARE = 0.1;
/** Share of training pictures that are mistakes of the detector, where there are any. */
const MISTAKES_SHARE = 0.25;

/**
 * Opens pictures without faces. Each is used whole and, with framing, also as the detector sees it where it finds a face.
 * @param data a folder or `s3://bucket/prefix`; its pictures need no labels
 * @throws Error if there are no pictures
 */
export async function openNegatives(
  data: string,
  options: Pick<DatasetOptions, 'cache' | 'maxUnreadable'>,
  framing: FaceFraming | undefined,
): Promise<Negatives> {
  const all = { ...options, data, unlabeled: true, valShare: VALIDATION_SHARE };
  const { width: side } = defaultPreprocessSpec;
  const spec =
    framing?.surroundings === true
      ? withSurroundings(defaultPreprocessSpec)
      : defaultPreprocessSpec;
  const whole = await readDataset({ ...all, spec });
  if (whole.photosOf('train').length === 0)
    throw new Error(`${whole.location} has no pictures: give a folder of pictures without faces`);
  const found = framing && (await readDataset({ ...all, framing }));
  const mistakes = found?.photosOf('train') ?? [];
  const setOf = (dataset: Dataset, photos: readonly DatasetPhoto[]) =>
    createNegativeSet({ side, storedSide: dataset.storedSide, shards: dataset.shards }, photos);
  const pictures = whole.photosOf('train');
  const train = setOf(whole, pictures);
  return {
    train:
      found === undefined || mistakes.length === 0
        ? train
        : joinPhotoSets(train, setOf(found, repeated(mistakes, pictures.length))),
    validation: setOf(whole, whole.photosOf('val')),
    fingerprint: whole.fingerprint,
    counts: { pictures: pictures.length, mistakenForFaces: mistakes.length },
  };
}

/** Repeats the mistakes so that they make up their share beside `others` pictures. */
function repeated(mistakes: readonly DatasetPhoto[], others: number): readonly DatasetPhoto[] {
  const wanted = (others * MISTAKES_SHARE) / (1 - MISTAKES_SHARE);
  const times = Math.max(1, Math.round(wanted / mistakes.length));
  return Array.from({ length: times }, () => mistakes).flat();
}
