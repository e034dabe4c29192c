import { readFile } from 'node:fs/promises';
import type { ModelConfig } from '../../../common/config/config.ts';
import { ServiceError } from '../../../common/errors.ts';
import type { PhotoEstimate } from '../../../inference/estimator.ts';
import type { WarningCode } from '../../../inference/preprocess/warnings.ts';
import { openLocalModel } from '../../../registry/loading/local-model.ts';
import { estimatePhotosWith, faceModeOf, type EstimatePhoto } from '../estimate-photo.ts';
import { degradations, type Degradation } from './degrade-photo.ts';
import { drawLabeledPhotos, type LabeledPhoto } from './labeled-sample.ts';
import {
  compare,
  figuresOf,
  warningFigures,
  type GroupFigures,
  type WarnedPhoto,
  type WarningFigures,
} from './warning-figures.ts';

/** What to measure. */
export interface WarningEvaluation {
  /** A table with the columns `file` and `age`. */
  data: string;
  split: string;
  /** How many photos are drawn. */
  photos: number;
  model?: string | undefined;
  /** The settings ENGINE and PRECISION by default. */
  engine?: ModelConfig['ENGINE'] | undefined;
  precision?: ModelConfig['PRECISION'] | undefined;
}

/** How often warnings are raised, and how large the error is with and without them. */
export interface WarningsReport {
  /** Where labels are ranges, errors are years beyond them. */
  labels: 'exact' | 'ranges';
  photos: number;
  withoutFace: number;
  all: GroupFigures;
  warnings: WarningFigures[];
  /** Copies of the first photos, made worse. */
  degraded: DegradedFigures[];
  /** Of each warning: the first photos as they are, together with the copies that should raise it. */
  synthetic: WarningFigures[];
}

/** Copies of photos that were made worse in one way. */
export interface DegradedFigures extends GroupFigures {
  name: string;
  /** Copies in which no face was found. */
  withoutFace: number;
  /** Shares of the answered copies with the warning that was to be raised, minor or severe, and severe. */
  warned: number;
  severe: number;
}

/** So many of the drawn photos are made worse in each way. */
const DEGRADED_PHOTOS = 60;
/** Photos are run one at a time, so a queue of one image is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Measures the warnings on labeled photos as they are and on worse copies of them.
 * @throws Error if the version has no framing; LabelsError, RegistryError, ArtifactError, GoldenMismatchError; ServiceError for a photo that cannot be decoded
 */
export async function measureWarnings(
  { data, split, photos, model, engine: kind, precision }: WarningEvaluation,
  config: ModelConfig,
  onProgress: (done: number, total: number) => void,
): Promise<WarningsReport> {
  const labeled = await drawLabeledPhotos(data, split, photos);
  const settings = {
    ...config,
    ENGINE: kind ?? config.ENGINE,
    PRECISION: precision ?? config.PRECISION,
  };
  const local = await openLocalModel(model, settings, batching);
  const mode = await faceModeOf(local, 'largest');
  try {
    const limits = { metrics: local.metrics, maxPixels: config.MAX_PIXELS };
    const estimatePhoto = estimatePhotosWith(local.model, mode, limits);
    return await measurePhotos(labeled, orNoFace(estimatePhoto), onProgress);
  } finally {
    await local.close();
  }
}

/** Answers the largest face of a photo; undefined if there is none. */
export type AnswerFace = (bytes: Uint8Array) => Promise<PhotoEstimate | undefined>;

function orNoFace(estimatePhoto: EstimatePhoto): AnswerFace {
  return (bytes) =>
    estimatePhoto(bytes).catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === 'no_face') return undefined;
      throw error;
    });
}

/** Measures with any way to answer photos. */
export async function measurePhotos(
  labeled: readonly LabeledPhoto[],
  answer: AnswerFace,
  onProgress: (done: number, total: number) => void,
): Promise<WarningsReport> {
  const first = labeled.slice(0, DEGRADED_PHOTOS);
  const total = labeled.length + first.length * (degradations.length + 1);
  let done = 0;
  const counted: AnswerFace = async (bytes) => {
    const answered = await answer(bytes);
    onProgress(++done, total);
    return answered;
  };
  const whole: WarnedPhoto[] = [];
  for (const photo of labeled) {
    const answered = await counted(await readFile(photo.file));
    if (answered !== undefined) whole.push(warnedPhoto(photo, answered));
  }
  const clean = whole.slice(0, DEGRADED_PHOTOS);
  const degraded = await measureDegraded(first, counted);
  return {
    labels: labeled.some(({ minAge, maxAge }) => minAge < maxAge) ? 'ranges' : 'exact',
    photos: labeled.length,
    withoutFace: labeled.length - whole.length,
    all: figuresOf(whole),
    warnings: warningFigures(whole),
    degraded: degraded.map(({ figures }) => figures),
    synthetic: syntheticFigures(clean, degraded),
  };
}

interface DegradedSet {
  code: WarningCode;
  figures: DegradedFigures;
  warned: WarnedPhoto[];
}

function syntheticFigures(
  clean: readonly WarnedPhoto[],
  degraded: readonly DegradedSet[],
): WarningFigures[] {
  const codes = [...new Set(degraded.map(({ code }) => code))];
  return codes.flatMap((code) => {
    const copies = degraded.filter((set) => set.code === code).flatMap(({ warned }) => warned);
    return warningFigures([...clean, ...copies]).filter((figures) => figures.code === code);
  });
}

async function measureDegraded(
  photos: readonly LabeledPhoto[],
  answer: AnswerFace,
): Promise<DegradedSet[]> {
  const sets = degradations.map((degradation) => ({ degradation, warned: [] as WarnedPhoto[] }));
  let copies = 0;
  for (const [index, photo] of photos.entries()) {
    const bytes = await readFile(photo.file);
    const found = await answer(bytes);
    if (found === undefined) continue;
    const other = await readFile(photos[(index + 1) % photos.length]!.file);
    const { face, photo: size, gray } = found;
    const good = { ...size, bytes, other, face: face!.box, contrast: gray.std };
    copies += 1;
    for (const { degradation, warned } of sets) {
      const answered = await answer(await degradation.apply(good));
      if (answered !== undefined) warned.push(warnedPhoto(photo, answered));
    }
  }
  return sets.map(({ degradation, warned }) => ({
    code: degradation.code,
    warned,
    figures: degradedFigures(degradation, warned, copies),
  }));
}

function degradedFigures(
  { name, code }: Degradation,
  photos: readonly WarnedPhoto[],
  copies: number,
): DegradedFigures {
  const details = photos.flatMap(({ warnings }) => warnings.filter((one) => one.code === code));
  return {
    name,
    withoutFace: copies - photos.length,
    warned: details.length / photos.length,
    severe: details.filter(({ severity }) => severity === 'severe').length / photos.length,
    ...figuresOf(photos),
  };
}

function warnedPhoto(label: LabeledPhoto, { estimate, warnings }: PhotoEstimate): WarnedPhoto {
  return { ...compare(label, estimate), warnings };
}
