import type { Logger } from '../../common/logger.ts';
import type { RetrainRunner } from './retrain-runner.ts';

/** What drifted, as whoever watches the photos tells it. */
export interface DriftFacts {
  version: number;
  /** Photos compared. */
  windowPhotos: number;
  features: readonly { feature: string; psi: number; limit: number }[];
}

export interface DriftTriggerOptions {
  runner: Pick<RetrainRunner, 'start'>;
  /** RETRAIN_ON_DRIFT; off, it is only told. */
  enabled: boolean;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * What is called when drift is seen, as often as one likes: starts a retraining where that is wanted, none is under
 * way and the last one ended a cool-down ago. Never throws.
 */
export function driftTrigger(options: DriftTriggerOptions): (facts: DriftFacts) => void {
  const { runner, enabled, logger } = options;
  return (facts) => {
    const detail = describe(facts);
    if (!enabled) {
      logger.info({ detail }, 'drift starts no retraining: RETRAIN_ON_DRIFT is off');
      return;
    }
    const result = runner.start({ kind: 'drift', detail });
    if (result.started) return;
    const level = result.why === 'cannot-train' ? 'warn' : 'info';
    logger[level]({ ...result, drift: detail }, 'drift starts no retraining');
  };
}

function describe({ version, windowPhotos, features }: DriftFacts): string {
  const text = features.map(
    ({ feature, psi, limit }) => `${feature} ${psi.toFixed(2)} (limit ${limit.toFixed(2)})`,
  );
  return `${windowPhotos} photos of version ${version}: ${text.join(', ')}`;
}

/**
 * What a schedule runs: a retraining by the runner, after the one under way, if there is one.
 * @param args added to the command's
 */
export function scheduledRun(
  runner: Pick<RetrainRunner, 'start' | 'idle'>,
  logger: Pick<Logger, 'warn'>,
  args: readonly string[] = [],
): (due: { at: Date; missed: boolean }) => Promise<void> {
  return async ({ at, missed }) => {
    const detail = `due ${at.toISOString()}${missed ? ', caught up with' : ''}`;
    let result = runner.start({ kind: 'schedule', detail }, args);
    while (!result.started && result.why === 'running') {
      await runner.idle();
      result = runner.start({ kind: 'schedule', detail }, args);
    }
    if (!result.started && result.why === 'cannot-train') logger.warn(result.detail);
    await runner.idle();
  };
}
