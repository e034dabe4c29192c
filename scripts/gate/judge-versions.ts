import type { Config } from '../../src/common/config/config.ts';
import { GATE_RESAMPLES, GATE_SEED } from '../../src/evaluation/gate/compare-versions.ts';
import { gateThresholdsOf } from '../../src/evaluation/gate/thresholds.ts';
import type { GateResult } from '../../src/registry/gate-result.ts';
import { AnswerError } from './answer-error.ts';
import type { GateSet } from './gate-set.ts';
import type { GateTold, GateWish } from './gate-wish.ts';
import { measureVersions, type Judged } from './measure-versions.ts';
import { UnservableError, withJudges, type Judges } from './open-judges.ts';

type Contest = Pick<GateWish, 'model' | 'challenger'> & { champion: number | null };

/**
 * Lets both versions answer for the photos of a set, and decides. A challenger that cannot be loaded, or does not
 * answer, is refused.
 * @throws Error where the champion cannot be loaded or does not answer
 */
export async function judgeVersions(
  contest: Contest,
  set: GateSet,
  config: Config,
  told: GateTold,
): Promise<Judged> {
  const measure = (judges: Judges) => measureVersions(judges, set, gateThresholdsOf(config), told);
  try {
    return await withJudges(contest, config, measure);
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
): Judged {
  return {
    set: { ...about, photos: photos.length, unreadable: dataset.unreadable.length },
    method: { seed: GATE_SEED, resamples: GATE_RESAMPLES, engine: null },
    figures: { champion: null, challenger: null },
    comparisons: [],
    outcome,
    reasons,
  };
}
