import { readPhotoFacts } from '../../../inference/preprocess/photo-header.ts';
import {
  greyStatistics,
  type GreyStatistics,
} from '../../../inference/preprocess/photo-warnings.ts';
import {
  brightness,
  confidence,
  contrast,
  photoSize,
  predictedAge,
  type PhotoTraits,
  referenceOf,
} from '../../../registry/drift/reference-histograms.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation-photos.ts';

/** Enough for a histogram; each costs reading its file once more. */
const MAX_SIZED_PHOTOS = 4096;
const FILES_IN_FLIGHT = 8;

/**
 * What traffic will be compared with: the validation photos, as the network answers them. Not the training photos, of
 * which it is surer than of any others.
 * @param answers in the photos' order
 */
export async function driftReference(
  { photos, fileAt }: ValidationPhotos,
  answers: readonly Pick<PhotoTraits, 'estimate'>[],
): Promise<Manifest['reference']> {
  const greys = greysOf(photos);
  return referenceOf({
    predicted_age: answers.map(predictedAge),
    confidence: answers.map(confidence),
    brightness: greys.map((grey) => brightness({ grey })),
    contrast: greys.map((grey) => contrast({ grey })),
    ...(fileAt && { photo_size: await photoSizes(photos.count, fileAt) }),
  });
}

function greysOf(photos: PhotoSet): GreyStatistics[] {
  const reader = new PhotoReader(photos);
  try {
    const pixels = new Uint8Array(photos.side * photos.side);
    return Array.from({ length: photos.count }, (_, index) =>
      greyStatistics(reader.read(index, pixels)),
    );
  } finally {
    reader.close();
  }
}

/**
 * Sizes of the photos as they were, of evenly spaced ones where there are many. A file that cannot be read any more is
 * passed over: a whole training run must not end on it.
 */
async function photoSizes(
  count: number,
  fileAt: NonNullable<ValidationPhotos['fileAt']>,
): Promise<number[]> {
  const wanted = Math.min(count, MAX_SIZED_PHOTOS);
  const places = Array.from({ length: wanted }, (_, n) => Math.floor((n * count) / wanted));
  const sizes: number[] = [];
  const queue = places.values();
  const lane = async () => {
    for (const place of queue) {
      const photo = await fileAt(place)
        .then(readPhotoFacts)
        .catch(() => undefined);
      if (photo !== undefined) sizes.push(photoSize({ photo }));
    }
  };
  await Promise.all(Array.from({ length: FILES_IN_FLIGHT }, lane));
  return sizes;
}
