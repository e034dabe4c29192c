import { messageOf } from '../../common/errors.ts';
import {
  readPhoto,
  type EvaluatedPhoto,
  type OnSkipped,
  type PhotoToEvaluate,
  type SkippedPhoto,
} from '../evaluation/evaluated-photo.ts';
import type { Evaluator } from '../evaluation/evaluators.ts';
import type { GateReporter } from './gate-options.ts';

/** Inference with a version failed although the photo is readable. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly version: number;

  /** @param what the request that failed, such as `for a.jpg` */
  constructor(version: number, what: string, cause: unknown) {
    super(`version ${version} does not answer ${what}: ${messageOf(cause)}`, { cause });
    this.version = version;
  }
}

/** The answers of one version, and how long each of them took. */
export interface TimedAnswers {
  answered: EvaluatedPhoto[];
  latenciesMs: number[];
}

/** The answers of each version for the photos that all of them answered. */
export interface PairedAnswers {
  answers: TimedAnswers[];
  /** Photos that could not be read. */
  unreadable: number;
  /** Photos that could be read. */
  of: number;
  /** In how many of those each version found no face. */
  withoutFace: number[];
}

/**
 * Runs all versions on each photo before the next photo, and rotates which one is first, so that other load on the
 * machine affects all of them equally. Photos that one version cannot read, or in which it finds no face, are left out
 * for all of them.
 * @returns the answers of each evaluator, in their order
 * @throws AnswerError; the signal's reason
 */
export async function answerInPairs(
  evaluators: readonly Evaluator[],
  photos: readonly PhotoToEvaluate[],
  { progress, signal }: Pick<GateReporter, 'progress' | 'signal'>,
): Promise<PairedAnswers> {
  const answers = evaluators.map((): TimedAnswers => ({ answered: [], latenciesMs: [] }));
  const withoutFace = evaluators.map(() => 0);
  let unreadable = 0;
  try {
    for (const [index, photo] of photos.entries()) {
      signal?.throwIfAborted();
      const timed = await answerOne(evaluators, photo, index % evaluators.length);
      if (timed === undefined) unreadable += 1;
      else addAnswers(answers, withoutFace, timed);
      progress.update(index + 1, photos.length);
    }
  } finally {
    progress.stop();
  }
  return { answers, unreadable, of: photos.length - unreadable, withoutFace };
}

/** A version's answer for one photo; undefined if it found no face. */
interface TimedAnswer {
  answer: EvaluatedPhoto | undefined;
  ms: number;
}

function addAnswers(
  answers: readonly TimedAnswers[],
  withoutFace: number[],
  timed: readonly TimedAnswer[],
): void {
  const isPaired = timed.every(({ answer }) => answer !== undefined);
  for (const [evaluator, { answer, ms }] of timed.entries()) {
    if (answer === undefined) withoutFace[evaluator]! += 1;
    else if (isPaired) {
      answers[evaluator]!.answered.push(answer);
      answers[evaluator]!.latenciesMs.push(ms);
    }
  }
}

/**
 * @param first the index of the evaluator that answers first
 * @returns undefined if the photo cannot be read
 */
async function answerOne(
  evaluators: readonly Evaluator[],
  photo: PhotoToEvaluate,
  first: number,
): Promise<TimedAnswer[] | undefined> {
  const skipped = new Set<SkippedPhoto['kind']>();
  const onSkipped: OnSkipped = ({ kind }) => skipped.add(kind);
  const bytes = await readPhoto(photo, onSkipped);
  if (bytes === undefined) return undefined;
  const read = { ...photo, read: () => Promise.resolve(bytes) };
  const timed = new Array<TimedAnswer>(evaluators.length);
  for (let turn = 0; turn < evaluators.length; turn++) {
    const index = (first + turn) % evaluators.length;
    const startMs = performance.now();
    const answer = await onlyAnswer(evaluators[index]!, read, onSkipped);
    if (skipped.has('unreadable')) return undefined;
    timed[index] = { answer, ms: performance.now() - startMs };
  }
  return timed;
}

async function onlyAnswer(
  evaluator: Evaluator,
  photo: PhotoToEvaluate,
  onSkipped: OnSkipped,
): Promise<EvaluatedPhoto | undefined> {
  try {
    // The copy has no reference to the photo, so that its bytes can be freed.
    for await (const { age, groups, source, estimate } of evaluator.answers([photo], onSkipped))
      return { age, groups, source, estimate };
    return undefined;
  } catch (error) {
    throw new AnswerError(evaluator.model.version, `for ${photo.file}`, error);
  }
}
