import { messageOf } from '../../common/errors.ts';
import {
  readPhoto,
  type OnUnreadable,
  type EvaluatedPhoto,
  type PhotoToEvaluate,
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

/**
 * Runs all versions on each photo before the next photo, and rotates which one is first, so that other load on the
 * machine affects all of them equally. Photos that one version cannot read are left out for all of them.
 * @returns the answers of each evaluator, in their order
 * @throws AnswerError; the signal's reason
 */
export async function answerInPairs(
  evaluators: readonly Evaluator[],
  photos: readonly PhotoToEvaluate[],
  { progress, signal }: Pick<GateReporter, 'progress' | 'signal'>,
): Promise<{ answers: TimedAnswers[]; unreadable: number }> {
  const answers = evaluators.map((): TimedAnswers => ({ answered: [], latenciesMs: [] }));
  let unreadable = 0;
  try {
    for (const [index, photo] of photos.entries()) {
      signal?.throwIfAborted();
      const timed = await answerOne(evaluators, photo, index % evaluators.length);
      if (timed === undefined) unreadable += 1;
      timed?.forEach(({ answer, ms }, evaluator) => {
        answers[evaluator]!.answered.push(answer);
        answers[evaluator]!.latenciesMs.push(ms);
      });
      progress.update(index + 1, photos.length);
    }
  } finally {
    progress.stop();
  }
  return { answers, unreadable };
}

/** @param first the index of the evaluator that answers first */
async function answerOne(evaluators: readonly Evaluator[], photo: PhotoToEvaluate, first: number) {
  const ignore: OnUnreadable = () => undefined;
  const bytes = await readPhoto(photo, ignore);
  if (bytes === undefined) return undefined;
  const read = { ...photo, read: () => Promise.resolve(bytes) };
  const timed = new Array<{ answer: EvaluatedPhoto; ms: number }>(evaluators.length);
  for (let turn = 0; turn < evaluators.length; turn++) {
    const index = (first + turn) % evaluators.length;
    const startMs = performance.now();
    const answer = await onlyAnswer(evaluators[index]!, read, ignore);
    if (answer === undefined) return undefined;
    timed[index] = { answer, ms: performance.now() - startMs };
  }
  return timed;
}

async function onlyAnswer(
  evaluator: Evaluator,
  photo: PhotoToEvaluate,
  onUnreadable: OnUnreadable,
): Promise<EvaluatedPhoto | undefined> {
  try {
    // The copy has no reference to the photo, so that its bytes can be freed.
    for await (const { age, groups, estimate } of evaluator.answers([photo], onUnreadable))
      return { age, groups, estimate };
    return undefined;
  } catch (error) {
    throw new AnswerError(evaluator.model.version, `for ${photo.file}`, error);
  }
}
