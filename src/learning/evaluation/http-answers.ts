import { basename } from 'node:path';
import { z } from 'zod';
import { errorTable, ServiceError, type ErrorCode } from '../../common/errors.ts';
import type { OneFaceMode } from '../../inference/estimator.ts';
import { faceFactsOf } from '../../inference/faces/face-facts.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import { OLDEST_AGE, type Bucket } from '../../inference/head/buckets.ts';
import { engineNames, precisions, type Precision } from '../../inference/engine/engine.ts';
import { publicManifestSchema } from '../../registry/manifest.ts';
import {
  readPhoto,
  skippedKindOf,
  type AnsweredPhoto,
  type OnSkipped,
  type PhotoToEvaluate,
  type SkippedPhoto,
} from './evaluated-photo.ts';

/** A service gave an unexpected response; the message includes its text. */
export class ServiceAnswerError extends Error {
  override readonly name = 'ServiceAnswerError';
}

export interface ServiceResponse {
  ok: boolean;
  status: number;
  text: string;
}

/** @throws ServiceAnswerError if the service cannot be reached. */
export async function requestService(url: URL, init: RequestInit = {}): Promise<ServiceResponse> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new ServiceAnswerError(`${url.origin} cannot be reached; is the service running?`, {
      cause: error,
    });
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

/** Parses the text with the schema; returns undefined if it does not match. */
export function parseAnswer<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws ServiceAnswerError if the response is an error or does not match the schema. */
export async function getFromService<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { ok, status, text } = await requestService(url);
  const answer = ok ? parseAnswer(text, schema) : undefined;
  if (answer !== undefined) return answer;
  throw new ServiceAnswerError(`${status} for ${url.href}: ${text.slice(0, 500)}`);
}

const servedSchema = z.object({
  current: z
    .object({
      version: z.int().positive(),
      engine: z.enum(engineNames),
      device: z.enum(['cpu', 'gpu']),
      precision: z.enum(precisions),
    })
    .nullable(),
});
const versionSchema = z.object({ manifest: publicManifestSchema });

/** The version that a service serves. */
export interface ServedModel {
  manifest: z.infer<typeof versionSchema>['manifest'];
  engine: (typeof engineNames)[number];
  device: 'cpu' | 'gpu';
  precision: Precision;
}

/**
 * Asks a running service which version it serves.
 * @param origin such as `http://localhost:3000`
 * @throws ServiceAnswerError if it cannot be reached or serves no model.
 */
export async function askServedModel(origin: string): Promise<ServedModel> {
  const { current } = await getFromService(new URL('/v1/models', origin), servedSchema);
  if (current === null) throw new ServiceAnswerError(`${origin} serves no model yet; try later.`);
  const { version, engine, device, precision } = current;
  const url = new URL(`/v1/models/${version}`, origin);
  const { manifest } = await getFromService(url, versionSchema);
  return { manifest, engine, device, precision };
}

const PHOTOS_PER_REQUEST = 16;

const failureSchema = z.object({
  error: z.object({
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
  }),
});

/** The part of a prediction that the evaluation needs. */
const predictionSchema = z.object({
  buckets: z.array(z.object({ min: z.int(), max: z.int(), probability: z.number() })),
  age: z.object({
    mean: z.number(),
    median: z.number(),
    interval: z.object({ level: z.number(), low: z.number(), high: z.number() }),
  }),
  face: z
    .object({
      box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      score: z.number(),
    })
    .optional(),
});

const answerSchema = z.object({
  model: z.object({ version: z.int() }),
  predictions: z.array(z.union([predictionSchema, failureSchema])),
});

/** The error response to a request in which all photos failed. */
const allFailedSchema = z.object({ errors: z.array(failureSchema) });

type Failure = z.infer<typeof failureSchema>;
type Answer = z.infer<typeof predictionSchema> | Failure;

interface LoadedPhoto extends PhotoToEvaluate {
  bytes: Uint8Array<ArrayBuffer>;
}

/** Which service must answer, and how. */
interface AskedService {
  /** Such as `http://localhost:3000`. */
  origin: string;
  /** The version that must respond. */
  version: number;
  /** By default the service decides whether it finds faces. */
  faces?: OneFaceMode | undefined;
  /** The buckets to ask for; by default the version's own. */
  buckets?: readonly Bucket[] | undefined;
}

/**
 * Posts labeled photos to a running service, several per request, and yields its predictions with the labels. Photos that
 * cannot be read, here or by the service, or in which it finds no face, are reported to `onSkipped`.
 * @throws ServiceAnswerError at the first response that is incomplete or comes from a different version
 */
export async function* answersOverHttp(
  service: AskedService,
  labeled: readonly PhotoToEvaluate[],
  onSkipped: OnSkipped,
): AsyncGenerator<AnsweredPhoto> {
  for (let first = 0; first < labeled.length; first += PHOTOS_PER_REQUEST) {
    const chunk = labeled.slice(first, first + PHOTOS_PER_REQUEST);
    const photos = await loadPhotos(chunk, onSkipped);
    const answers = photos.length === 0 ? [] : await postPhotos(service, photos);
    for (const [index, { file, age, groups, source, read }] of photos.entries()) {
      const answer = answers[index]!;
      if ('error' in answer) {
        onSkipped(skippedPhoto(file, answer.error));
        continue;
      }
      const bucketProbabilities = probabilitiesFrom(answer.buckets);
      const face = answer.face && faceFactsOf(answer.face);
      const estimate = { ...answer.age, bucketProbabilities };
      yield { file, age, groups, source, read, estimate, face };
    }
  }
}

/** Sums the probabilities of answered buckets over the edges of others. */
function probabilitiesFrom(
  answered: readonly (Pick<Bucket, 'min' | 'max'> & { probability: number })[],
): AgeEstimate['bucketProbabilities'] {
  const sumOf = ({ min, max }: Bucket) => {
    const parts = answered.filter((part) => part.min >= min && (part.max <= max || isOpen(max)));
    const last = parts.at(-1);
    if (parts[0]?.min !== min || (last!.max !== max && !isOpen(max)))
      throw new ServiceError('edge_not_supported', `The service did not answer ${min} to ${max}.`);
    return parts.reduce((sum, { probability }) => sum + probability, 0);
  };
  return (buckets) => buckets?.map(sumOf) ?? answered.map(({ probability }) => probability);
}

function isOpen(max: number): boolean {
  return max >= OLDEST_AGE;
}

async function loadPhotos(
  labeled: readonly PhotoToEvaluate[],
  onSkipped: OnSkipped,
): Promise<LoadedPhoto[]> {
  const photos: LoadedPhoto[] = [];
  for (const photo of labeled) {
    const bytes = await readPhoto(photo, onSkipped);
    if (bytes !== undefined) photos.push({ ...photo, bytes });
  }
  return photos;
}

async function postPhotos(
  { origin, version, faces, buckets }: AskedService,
  photos: readonly LoadedPhoto[],
): Promise<Answer[]> {
  const body = new FormData();
  for (const { file, bytes } of photos) body.append('image', new Blob([bytes]), basename(file));
  const url = new URL('/v1/predict', origin);
  if (faces !== undefined) url.searchParams.set('faces', faces);
  if (buckets !== undefined)
    url.searchParams.set('buckets', buckets.map(({ min, max }) => `${min}-${max}`).join(','));
  const { ok, status, text } = await requestService(url, { method: 'POST', body });
  const answer = ok ? parseAnswer(text, answerSchema) : undefined;
  if (answer !== undefined && answer.model.version !== version) {
    throw new ServiceAnswerError(
      `Version ${answer.model.version} answered while version ${version} was evaluated; start again.`,
    );
  }
  const answers = answer?.predictions ?? parseAnswer(text, allFailedSchema)?.errors;
  if (answers?.length === photos.length) return answers;
  throw new ServiceAnswerError(
    `${status} for ${photos[0]!.file} and ${photos.length - 1} more: ${text.slice(0, 500)}`,
  );
}

/** @throws ServiceAnswerError if the error is not caused by the photo. */
function skippedPhoto(file: string, { code, detail }: Failure['error']): SkippedPhoto {
  const kind = skippedKindOf(code);
  if (kind !== undefined) return { file, kind, reason: detail };
  throw new ServiceAnswerError(`${code} for ${file}: ${detail}`);
}
