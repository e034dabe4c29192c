import {
  compareVersions,
  GATE_RESAMPLES,
  GATE_SEED,
} from '../../src/evaluation/gate/compare-versions.ts';
import { decide } from '../../src/evaluation/gate/decide.ts';
import { gateFiguresOf } from '../../src/evaluation/gate/gate-figures.ts';
import {
  gatedGroups,
  versionAnswers,
  type GatedAnswers,
  type VersionAnswers,
} from '../../src/evaluation/gate/gated-answers.ts';
import { readGroupNames } from '../../src/evaluation/group-names.ts';
import type { GateResult, GateThresholds } from '../../src/registry/gate-result.ts';
import type { Judge } from '../evaluation/judge.ts';
import { AnswerError } from './answer-error.ts';
import { answerInPairs, type TimedAnswers } from './answer-in-pairs.ts';
import type { GateSet } from './gate-set.ts';
import type { GateTold } from './gate-wish.ts';
import type { Judges } from './open-judges.ts';

/** What judging adds to a result. */
export type Judged = Pick<
  GateResult,
  'set' | 'method' | 'figures' | 'comparisons' | 'outcome' | 'reasons'
>;

/**
 * Lets both versions answer for the photos of a set, holds them against each other, and decides.
 * @throws AnswerError; Error where no photo can be read; the signal's reason
 */
export async function measureVersions(
  { champion, challenger }: Judges,
  set: GateSet,
  thresholds: GateThresholds,
  told: GateTold,
): Promise<Judged> {
  const judges = champion === undefined ? [challenger] : [challenger, champion];
  const { answers, unreadable } = await answerInPairs(judges, set.photos, told);
  const gated = await gatedAnswers(set, judges, answers, thresholds);
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
  judges: readonly Judge[],
  answers: readonly TimedAnswers[],
  { minGroupPhotos: minPhotos }: GateThresholds,
): Promise<GatedAnswers> {
  const { answered } = answers[0]!;
  if (answered.length === 0)
    throw new Error('No photo could be read, so there is nothing to judge.');
  const [challenger, champion] = judges.map((judge, place) => byDecade(judge, answers[place]!));
  const names = await readGroupNames(dataset, answered);
  const groups = gatedGroups(answered, challenger!.outcomes, { minPhotos, names });
  return { photos: answered.length, groups, champion, challenger: challenger! };
}

function byDecade({ model }: Judge, { answered, latenciesMs }: TimedAnswers): VersionAnswers {
  try {
    return versionAnswers(answered, latenciesMs, model.head.kind === 'age-distribution');
  } catch (error) {
    throw new AnswerError(model.version, 'by decade', error);
  }
}
