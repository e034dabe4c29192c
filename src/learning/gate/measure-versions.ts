import type { ModelConfig } from '../../common/config/config.ts';
import type { GateResult, GateThresholds } from '../../registry/gate-result.ts';
import type { Evaluator } from '../evaluation/evaluators.ts';
import { readGroupNames } from '../evaluation/groups.ts';
import { AnswerError, answerInPairs, type TimedAnswers } from './answer-in-pairs.ts';
import { compareVersions, GATE_RESAMPLES, GATE_SEED } from './compare-versions.ts';
import { decide } from './decide.ts';
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

/** What judging adds to a result. */
export type Evaluated = Pick<
  GateResult,
  'set' | 'method' | 'figures' | 'comparisons' | 'outcome' | 'reasons'
>;

/**
 * Lets both versions answer for the photos of a set, holds them against each other, and decides.
 * @throws AnswerError; Error where no photo can be read; the signal's reason
 */
export async function measureVersions(
  { champion, challenger }: Evaluators,
  set: GateSet,
  thresholds: GateThresholds,
  reporter: GateReporter,
): Promise<Evaluated> {
  const evaluators = champion === undefined ? [challenger] : [challenger, champion];
  const { answers, unreadable } = await answerInPairs(evaluators, set.photos, reporter);
  const gated = await gatedAnswers(set, evaluators, answers, thresholds);
  const figures = {
    champion: gated.champion && gateFiguresOf(gated.champion, gated.groups),
    challenger: gateFiguresOf(gated.challenger, gated.groups),
  };
  const comparisons = compareVersions(gated, thresholds);
  const { photos } = gated;
  return {
    set: { ...set.about, photos, unreadable: set.dataset.unreadable.length + unreadable },
    method: { seed: GATE_SEED, resamples: GATE_RESAMPLES, engine: challenger.engine.name },
    figures: { ...figures, champion: figures.champion ?? null },
    comparisons,
    ...decide({ ...figures, photos, comparisons, thresholds }),
  };
}

async function gatedAnswers(
  { dataset }: GateSet,
  evaluators: readonly Evaluator[],
  answers: readonly TimedAnswers[],
  { minGroupPhotos: minPhotos }: GateThresholds,
): Promise<GatedAnswers> {
  const { answered } = answers[0]!;
  if (answered.length === 0)
    throw new Error('No photo could be read, so there is nothing to evaluate.');
  const [challenger, champion] = evaluators.map((evaluator, place) =>
    byDecade(evaluator, answers[place]!),
  );
  const names = await readGroupNames(dataset, answered);
  const groups = gatedGroups(answered, challenger!.outcomes, { minPhotos, names });
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
 * Lets both versions answer for the photos of a set, and decides. A challenger that cannot be loaded, or does not
 * answer, is refused.
 * @throws Error where the champion cannot be loaded or does not answer
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
    const isChallengers =
      error instanceof UnservableError ||
      (error instanceof AnswerError && error.version === contest.challenger);
    if (!isChallengers) throw error;
    return unmeasured(set, 'refuse', [error.message]);
  }
}

/** A decision that needed no figures. */
export function unmeasured(
  { about, photos, dataset }: GateSet,
  outcome: GateResult['outcome'],
  reasons: string[],
): Evaluated {
  return {
    set: { ...about, photos: photos.length, unreadable: dataset.unreadable.length },
    method: { seed: GATE_SEED, resamples: GATE_RESAMPLES, engine: null },
    figures: { champion: null, challenger: null },
    comparisons: [],
    outcome,
    reasons,
  };
}
