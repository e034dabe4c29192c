import type { FaceFacts } from '../../../inference/faces/face-facts.ts';
import { readPhotoFacts } from '../../../inference/preprocess/format/photo-header.ts';
import {
  grayStatistics,
  type GrayStatistics,
} from '../../../inference/preprocess/photo-warnings.ts';
import {
  brightness,
  confidence,
  contrast,
  FOUND,
  NOT_FOUND,
  photoSize,
  predictedAge,
  type FeatureValues,
  type PhotoTraits,
  referenceOf,
} from '../../../registry/drift/reference-histograms.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation.ts';

/** Enough for a histogram; each photo costs one more read of its file. */
const MAX_SIZED_PHOTOS = 4096;
const CONCURRENT_READS = 8;

/**
 * Computes the reference histograms that live traffic is compared with, from the validation photos. The training photos
 * would not do, since the network is overconfident on them.
 * @param answers in the order of the photos
 */
export async function driftReference(
  { photos, labeled, fileAt, noFace }: ValidationPhotos,
  answers: readonly Pick<PhotoTraits, 'estimate'>[],
): Promise<Manifest['reference']> {
  const grays = graysOf(photos);
  return referenceOf({
    predicted_age: answers.map(predictedAge),
    confidence: answers.map(confidence),
    brightness: grays.map((gray) => brightness({ gray })),
    contrast: grays.map((gray) => contrast({ gray })),
    ...(noFace === undefined
      ? fileAt && { photo_size: await photoSizes(photos.count, fileAt) }
      : faceFeatures(labeled, noFace)),
  });
}

/** @param noFace photos that are not among the others because no face was found in them */
function faceFeatures(
  labeled: readonly { face?: FaceFacts | null | undefined }[],
  noFace: number,
): FeatureValues {
  const faces = labeled.flatMap(({ face }) => (face ? [face] : []));
  const missing = noFace + labeled.length - faces.length;
  return {
    photo_size: faces.map(({ side }) => side),
    face_score: faces.map(({ score }) => score),
    no_face_share: [...faces.map(() => FOUND), ...new Array<number>(missing).fill(NOT_FOUND)],
  };
}

function graysOf(photos: PhotoSet): GrayStatistics[] {
  const reader = new PhotoReader(photos);
  try {
    const pixels = new Uint8Array(photos.side * photos.side);
    return Array.from({ length: photos.count }, (_, index) =>
      grayStatistics(reader.read(index, pixels)),
    );
  } finally {
    reader.close();
  }
}

/**
 * Returns the original sizes of the photos, or of an evenly spaced sample if there are many. A file that can no longer be
 * read is skipped, since it must not make a whole training run fail.
 */
async function photoSizes(
  count: number,
  fileAt: NonNullable<ValidationPhotos['fileAt']>,
): Promise<number[]> {
  const sampleSize = Math.min(count, MAX_SIZED_PHOTOS);
  const indices = Array.from({ length: sampleSize }, (_, n) =>
    Math.floor((n * count) / sampleSize),
  );
  const sizes: number[] = [];
  const queue = indices.values();
  const worker = async () => {
    for (const index of queue) {
      const photo = await fileAt(index)
        .then(readPhotoFacts)
        .catch(() => undefined);
      if (photo !== undefined) sizes.push(photoSize({ photo }));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_READS }, worker));
  return sizes;
}
