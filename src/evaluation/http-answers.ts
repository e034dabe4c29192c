import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { LabelledPhoto } from '../training/labels.ts';
import type { GroupedPhoto } from './grouped-figures.ts';

const PHOTOS_PER_REQUEST = 16;

/** The part of the service's answer that judging needs. */
const answerSchema = z.object({
  model: z.object({ name: z.string(), version: z.int(), engine: z.string() }),
  predictions: z.array(
    z.object({
      buckets: z.array(z.object({ probability: z.number() })),
      age: z.object({
        mean: z.number(),
        interval: z.object({ level: z.number(), low: z.number(), high: z.number() }),
      }),
    }),
  ),
});

/** A service that did not answer every photo; the message holds its own words. */
export class ServiceAnswerError extends Error {
  override readonly name = 'ServiceAnswerError';
}

/**
 * Posts labelled photos to a running service, some at a time, and yields its answers beside the labels.
 * @param origin such as `http://localhost:3000`
 * @throws ServiceAnswerError at the first request that is not answered in full.
 */
export async function* answersOverHttp(
  origin: string,
  labelled: readonly LabelledPhoto[],
): AsyncGenerator<GroupedPhoto> {
  for (let first = 0; first < labelled.length; first += PHOTOS_PER_REQUEST) {
    const photos = labelled.slice(first, first + PHOTOS_PER_REQUEST);
    const predictions = await postPhotos(origin, photos);
    for (const [index, { age, groups }] of photos.entries()) {
      const { buckets, age: answered } = predictions[index]!;
      const bucketProbabilities = () => buckets.map(({ probability }) => probability);
      yield { age, groups, estimate: { ...answered, bucketProbabilities } };
    }
  }
}

async function postPhotos(origin: string, photos: readonly LabelledPhoto[]) {
  const form = new FormData();
  for (const { file } of photos)
    form.append('image', new Blob([await readFile(file)]), basename(file));
  const response = await fetch(new URL('/v1/predict', origin), { method: 'POST', body: form });
  const text = await response.text();
  const parsed = answerSchema.safeParse(response.ok ? JSON.parse(text) : undefined);
  if (!parsed.success || parsed.data.predictions.length !== photos.length) {
    throw new ServiceAnswerError(
      `${response.status} for ${photos[0]!.file} and ${photos.length - 1} more: ${text.slice(0, 500)}`,
    );
  }
  return parsed.data.predictions;
}
