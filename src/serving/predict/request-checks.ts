import { ServiceError } from '../../common/errors.ts';
import { inputLength } from '../../inference/preprocess/spec.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import { assertAnswerSize, type FacesMode, type PredictQuery } from './predict-query.ts';
import type { EstimateRequest } from './predict-request.ts';
import { toAgeAnswer } from './prediction.ts';

/** How a service answers requests that do not say it themselves, and what it answers at most. */
export interface FacesDefaults {
  /** Which faces are answered where the request names neither `faces` nor `crop`. */
  faces: 'largest' | 'none';
  /** Of one photo. */
  maxFaces: number;
}

/**
 * Which faces of the photos are answered: as the request says; else none for a version without framing or where the request
 * has a crop, which is the framed face then; else the default.
 * @throws ServiceError `invalid_query` where the request asks for what its photos or the version cannot give
 */
export function facesModeOf(
  {
    query,
    photos,
    allByDefault = false,
  }: Pick<EstimateRequest, 'query' | 'photos' | 'allByDefault'>,
  { framing, manifest }: Pick<LoadedModel, 'framing' | 'manifest'>,
  defaults: FacesDefaults,
): FacesMode {
  const { faces, crop } = query;
  const arePixels = photos.some((photo) => 'pixels' in photo);
  const isFramed = framing.kind === 'as-sent' || crop !== undefined || arePixels;
  const found = allByDefault && defaults.faces === 'largest' ? 'all' : defaults.faces;
  const mode = faces ?? (isFramed ? 'none' : found);
  if (mode === 'none') return mode;
  if (framing.kind === 'as-sent') throw cannotFind(manifest.version);
  if (arePixels) throw framedAlready();
  if (mode === 'all') assertAnswerSize(photos.length * defaults.maxFaces, query);
  return mode;
}

/**
 * Refuses bucket edges that the model cannot answer, before they cost an inference.
 * @throws ServiceError `edge_not_supported`.
 */
export function assertEdges({ head }: LoadedModel, query: PredictQuery): void {
  if (query.buckets === undefined && query.atLeast.length === 0) return;
  const uniform = new Float32Array(head.outputLength).fill(1 / head.outputLength);
  toAgeAnswer(head.interpret(uniform), query.buckets ?? head.buckets, query);
}

/** @throws ServiceError `malformed_request` where the number of pixels differs from the version's input */
export function assertPixels({ manifest }: LoadedModel, { photos }: EstimateRequest): void {
  const { width, height, channels } = manifest.preprocess;
  const length = inputLength(manifest.preprocess);
  if (photos.every((photo) => !('pixels' in photo) || photo.pixels.length === length)) return;
  throw new ServiceError(
    'malformed_request',
    `Version ${manifest.version} takes pixels of ${height}×${width} ${channels === 3 ? 'colors (red, green, blue)' : 'gray levels'}.`,
  );
}

function cannotFind(version: number): ServiceError {
  return new ServiceError(
    'invalid_query',
    `faces: version ${version} expects the framed face, as its manifest has no framing. Send the framed face with faces=none. ` +
      `(The operator can give it one: npx face-age refresh ${version} --framing aligned.)`,
  );
}

function framedAlready(): ServiceError {
  return new ServiceError(
    'invalid_query',
    'faces: "pixels" are a framed face already; send the photo as "image" to have its faces found.',
  );
}
