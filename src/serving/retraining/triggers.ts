import type { Logger } from '../../common/logger.ts';
import type { RetrainRunner } from './retrain-runner.ts';

/** The details of a drift alarm for the log. */
export interface DriftFacts {
  version: number;
  /** Photos compared. */
  windowPhotos: number;
  features: readonly { feature: string; psi: number; limit: number }[];
}

export interface DriftTriggerOptions {
  runner: Pick<RetrainRunner, 'start'>;
  /** RETRAIN_ON_DRIFT; when off, drift is only logged. */
  enabled: boolean;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Creates a listener for drift alarms that starts a retraining if this is enabled, none is in progress, and the cool-down
 * after the last one is over. The listener never throws.
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
  const details = features.map(
    ({ feature, psi, limit }) => `${feature} ${psi.toFixed(2)} (limit ${limit.toFixed(2)})`,
  );
  return `${windowPhotos} photos of version ${version}: ${details.join(', ')}`;
}

/**
 * Creates a function that waits for a retraining in progress, then runs the scheduled one and waits for its end.
 * @param args arguments added to those of the command
 */
export function scheduledRun(
  runner: Pick<RetrainRunner, 'start' | 'idle'>,
  logger: Pick<Logger, 'warn'>,
  args: readonly string[] = [],
): (due: { at: Date; missed: boolean }) => Promise<void> {
  return async ({ at, missed }) => {
    const detail = `due ${at.toISOString()}${missed ? ', missed' : ''}`;
    let result = runner.start({ kind: 'schedule', detail }, args);
    while (!result.started && result.why === 'running') {
      await runner.idle();
      result = runner.start({ kind: 'schedule', detail }, args);
    }
    if (!result.started && result.why === 'cannot-train') logger.warn(result.detail);
    await runner.idle();
  };
}
