import type { ModelConfig } from '../../../common/config/config.ts';
import { ServiceError } from '../../../common/errors.ts';
import { table } from '../../../common/text/text-table.ts';
import type { OneFaceMode, PhotoEstimate } from '../../../inference/estimator.ts';
import { openLocalModel } from '../../../registry/loading/local-model.ts';
import { listPhotos, type PhotoChoice, type PhotoFile } from '../detector/photo-files.ts';
import { estimatePhotosWith, type EstimatePhoto } from '../estimate-photo.ts';
import { share } from '../format.ts';
import { isDecided } from './warning-figures.ts';

/** What to measure. */
export interface WithoutFacesEvaluation extends PhotoChoice {
  model?: string | undefined;
  /** The settings ENGINE and PRECISION by default. */
  engine?: ModelConfig['ENGINE'] | undefined;
  precision?: ModelConfig['PRECISION'] | undefined;
}

/** What a version makes of pictures without faces, in one way of taking them. */
export interface WithoutFacesFigures {
  /** `largest` searches a face, as a request does by default; `none` takes the picture for a framed face. */
  faces: OneFaceMode;
  pictures: number;
  /** Answered with an age. */
  answered: number;
  /** Answered with the warning `unlikely_face`. */
  unlikely: number;
  /** Answered with a decision, yes or no, at 18, 21 or 25 with confidence 0.95. */
  decided: number;
  /** The files of those. */
  decidedIn: string[];
}

/** Photos are run one at a time, so a queue of one image is enough. */
const batching = { maxSize: 1, maxWaitMs: 0, queueMaxImages: 1 };

/**
 * Measures a version on pictures without faces, as photos in which a face is searched if it has a framing, and as framed faces.
 * @throws RegistryError, ArtifactError, GoldenMismatchError; ServiceError for a picture that cannot be decoded
 */
export async function measureWithoutFaces(
  { model, engine, precision, ...choice }: WithoutFacesEvaluation,
  config: ModelConfig,
  onProgress: (done: number, total: number) => void,
): Promise<WithoutFacesFigures[]> {
  const pictures = await listPhotos(choice);
  const settings = {
    ...config,
    ENGINE: engine ?? config.ENGINE,
    PRECISION: precision ?? config.PRECISION,
  };
  const local = await openLocalModel(model, settings, batching);
  const modes: OneFaceMode[] =
    local.model.framing.kind === 'aligned' ? ['largest', 'none'] : ['none'];
  const limits = { metrics: local.metrics, maxPixels: config.MAX_PIXELS };
  const figures: WithoutFacesFigures[] = [];
  try {
    for (const [index, faces] of modes.entries()) {
      const estimate = estimatePhotosWith(local.model, faces, limits);
      const answers = await answerAll(pictures, estimate, (done) =>
        onProgress(index * pictures.length + done, modes.length * pictures.length),
      );
      figures.push(figuresOf(faces, pictures, answers));
    }
    return figures;
  } finally {
    await local.close();
  }
}

/** The answers; undefined where no face was found. */
async function answerAll(
  pictures: readonly PhotoFile[],
  estimate: EstimatePhoto,
  onProgress: (done: number) => void,
): Promise<(PhotoEstimate | undefined)[]> {
  const answers: (PhotoEstimate | undefined)[] = [];
  for (const picture of pictures) {
    answers.push(
      await estimate(await picture.read()).catch((error: unknown) => {
        if (error instanceof ServiceError && error.code === 'no_face') return undefined;
        throw error;
      }),
    );
    onProgress(answers.length);
  }
  return answers;
}

function figuresOf(
  faces: OneFaceMode,
  pictures: readonly PhotoFile[],
  answers: readonly (PhotoEstimate | undefined)[],
): WithoutFacesFigures {
  const answered = answers.filter((answer) => answer !== undefined);
  const decidedIn = pictures.flatMap(({ name }, index) => {
    const answer = answers[index];
    return answer !== undefined && isDecided(answer) ? [name] : [];
  });
  return {
    faces,
    pictures: pictures.length,
    answered: answered.length,
    unlikely: answered.filter(({ warnings }) =>
      warnings.some(({ code }) => code === 'unlikely_face'),
    ).length,
    decided: decidedIn.length,
    decidedIn,
  };
}

/** The figures as a table, without the names of files. */
export function withoutFacesTable(figures: readonly WithoutFacesFigures[]): string {
  const header = [
    'faces',
    'pictures',
    'answered',
    'share',
    'unlikely_face',
    'share',
    'decided',
    'share',
  ];
  const rows = figures.map(({ faces, pictures, ...counts }) => [
    faces,
    `${pictures}`,
    ...[counts.answered, counts.unlikely, counts.decided].flatMap((count) => [
      `${count}`,
      share(count / pictures),
    ]),
  ]);
  return table([header, ...rows], { rightFrom: 1 });
}
