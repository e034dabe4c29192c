import type { ModelConfig } from '../../common/config/config.ts';
import type {
  GateResult,
  GateThresholds,
  UnansweredPhotos,
} from '../../registry/gate/gate-result.ts';
import type { Evaluator } from '../evaluation/evaluators.ts';
import { readGroupNames } from '../evaluation/groups.ts';
import {
  AnswerError,
  answerInPairs,
  type PairedAnswers,
  type TimedAnswers,
} from './answer-in-pairs.ts';
import { compareVersions, GATE_RESAMPLES, GATE_SEED } from './compare-versions.ts';
import { decide } from './decide.ts';
import { unansweredRefusal } from './unanswered.ts';
import { gateFiguresOf } from './gate-figures.ts';
import type { GateReporter, GateOptions } from './gate-options.ts';
import type { GateSet } from './gate-set.ts';
import {
  gatedGroups,
  versionAnswers,
  type GatedAnswers,
  type VersionAnswers,
} from './gated-answers.ts';
import { type Evaluators, UnservableError, withEvaluators } from './open-evaluators.ts';

/** The part of a gate result that the evaluation determines. */
export type Evaluated = Pick<
  GateResult,
  'set' | 'method' | 'figures' | 'comparisons' | 'outcome' | 'reasons'
>;

/**
 * Evaluates both versions on the photos of a set, compares them, and decides.
 * @throws AnswerError; Error if no photo can be read; the signal's reason
 */
export async function measureVersions(
  { champion, challenger }: Evaluators,
  set: GateSet,
  thresholds: GateThresholds,
  reporter: GateReporter,
): Promise<Evaluated> {
  const evaluators = champion === undefined ? [challenger] : [challenger, champion];
  const paired = await answerInPairs(evaluators, set.photos, reporter);
  const { answers, unreadable } = paired;
  const unanswered = unansweredOf(paired);
  const refusal = unansweredRefusal(unanswered, thresholds);
  if (answers[0]!.answered.length === 0 && refusal !== undefined)
    return {
      ...unmeasured(set, 'refuse', [refusal]),
      set: { ...setOf(set, unreadable), unanswered },
    };
  const gated = await gatedAnswers(set, evaluators, answers, thresholds);
  const figures = {
    champion: gated.champion && gateFiguresOf(gated.champion, gated.groups),
    challenger: gateFiguresOf(gated.challenger, gated.groups),
  };
  const comparisons = compareVersions(gated, thresholds);
  const { photos } = gated;
  const { exact, ranges } = gated.challenger;
  const losesYears =
    gated.champion?.distinguishesYears === true && !gated.challenger.distinguishesYears;
  const labels = { exact: exact.photos.length, ranges: ranges.photos.length };
  return {
    set: { ...setOf(set, unreadable), photos, ranges: labels.ranges, unanswered },
    method: { seed: GATE_SEED, resamples: GATE_RESAMPLES, engine: challenger.engine.name },
    figures: { ...figures, champion: figures.champion ?? null },
    comparisons,
    ...decide({ ...figures, photos, labels, losesYears, unanswered, comparisons, thresholds }),
  };
}

function setOf({ about, photos, dataset }: GateSet, unreadable: number): Evaluated['set'] {
  return {
    ...about,
    photos: photos.length,
    unreadable: dataset.unreadable.length + unreadable,
  };
}

/** The challenger is the first version. */
function unansweredOf({ of, withoutFace }: PairedAnswers): UnansweredPhotos {
  const [challenger, champion] = withoutFace;
  return { of, champion: champion ?? null, challenger: challenger! };
}

async function gatedAnswers(
  { dataset }: GateSet,
  evaluators: readonly Evaluator[],
  answers: readonly TimedAnswers[],
  { minGroupPhotos: minPhotos }: GateThresholds,
): Promise<GatedAnswers> {
  const { answered } = answers[0]!;
  if (answered.length === 0)
    throw new Error('No photo was answered, so there is nothing to evaluate.');
  const [challenger, champion] = evaluators.map((evaluator, index) =>
    byDecade(evaluator, answers[index]!),
  );
  const names = await readGroupNames(dataset, answered);
  const groups = gatedGroups(answered, challenger!, { minPhotos, names });
  return { photos: answered.length, groups, champion, challenger: challenger! };
}

function byDecade({ model }: Evaluator, { answered, latenciesMs }: TimedAnswers): VersionAnswers {
  try {
    return versionAnswers(answered, latenciesMs, model.head.kind === 'age-distribution');
  } catch (error) {
    throw new AnswerError(model.version, 'by decade', error);
  }
}

type Contest = Pick<GateOptions, 'model' | 'challenger'> & {
  champion: number | null;
  thresholds: GateThresholds;
};

/**
 * Loads both versions, evaluates them on the photos of a set, and decides. A challenger that cannot be loaded or fails to
 * answer is refused.
 * @throws Error if the champion cannot be loaded or fails to answer
 */
export async function evaluateVersions(
  contest: Contest,
  set: GateSet,
  config: ModelConfig,
  reporter: GateReporter,
): Promise<Evaluated> {
  const measure = (evaluators: Evaluators) =>
    measureVersions(evaluators, set, contest.thresholds, reporter);
  try {
    return await withEvaluators(contest, config, measure);
  } catch (error) {
    const isChallengerFault =
      error instanceof UnservableError ||
      (error instanceof AnswerError && error.version === contest.challenger);
    if (!isChallengerFault) throw error;
    return unmeasured(set, 'refuse', [error.message]);
  }
}

/** A decision without a measurement. */
export function unmeasured(
  set: GateSet,
  outcome: GateResult['outcome'],
  reasons: string[],
): Evaluated {
  return {
    set: setOf(set, 0),
    method: { seed: GATE_SEED, resamples: GATE_RESAMPLES, engine: null },
    figures: { champion: null, challenger: null },
    comparisons: [],
    outcome,
    reasons,
  };
}
