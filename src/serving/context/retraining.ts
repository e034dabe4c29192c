import { ConfigError, readSecrets, type Config } from '../../common/config/config.ts';
import { secretHider } from '../../common/hide-secrets.ts';
import { homePath } from '../../registry/store/local-files.ts';
import { LastRunFile } from '../retraining/last-run-file.ts';
import { retrainCommand } from '../retraining/retrain-command.ts';
import { RetrainRunner } from '../retraining/retrain-runner.ts';
import { RetrainSchedule } from '../retraining/retrain-schedule.ts';
import {
  cronTimes,
  ScheduleError,
  type CronTimes,
  ScheduleFile,
} from '../retraining/schedule-memory.ts';
import { driftTrigger, type DriftFacts, scheduledRun } from '../retraining/triggers.ts';
import type { Base } from './base.ts';

/** Retraining beside the server, by hand, by the clock or by drift: one at a time. */
export interface Retraining {
  runner: RetrainRunner;
  /** When the schedule starts the next run. */
  nextAt: () => Date | undefined;
  onDrift: (facts: DriftFacts) => void;
  /**
   * Follows the schedule, where there is one.
   * @param onPromoted the alias has moved
   */
  start: (onPromoted: () => void) => Promise<void>;
  /** Starts no more runs and asks the one under way to stop. */
  stop: () => void;
}

/** @throws ConfigError where the schedule cannot be used */
export function createRetraining(base: Base): Retraining {
  const { config, logger } = base;
  let onPromoted = (): void => undefined;
  const runner = createRunner(base, () => onPromoted());
  const schedule = createSchedule(base, runner);
  return {
    runner,
    nextAt: () => schedule?.nextAt,
    onDrift: driftTrigger({ runner, enabled: config.RETRAIN_ON_DRIFT, logger }),
    start: async (callback) => {
      onPromoted = callback;
      await runner.recall();
      void schedule?.follow();
    },
    stop: () => {
      schedule?.stop();
      runner.stop();
    },
  };
}

function createRunner({ config, logger, metrics }: Base, onPromoted: () => void): RetrainRunner {
  const stateDir = homePath(config.RETRAIN_STATE_DIR);
  return new RetrainRunner({
    command: () => retrainCommand(config.RETRAIN_COMMAND),
    stateDir,
    lastRun: new LastRunFile(stateDir),
    coolDownMs: config.RETRAIN_COOL_DOWN_SECONDS * 1000,
    hide: secretHider(readSecrets()),
    logger,
    metrics,
    onLine: (line) => logger.debug({ line }, 'retraining'),
    onEnded: ({ outcome }) => {
      if (outcome === 'promote') onPromoted();
    },
  });
}

function createSchedule(
  { config, logger }: Base,
  runner: RetrainRunner,
): RetrainSchedule | undefined {
  const times = timesOf(config);
  if (times === undefined) return undefined;
  return new RetrainSchedule({
    times,
    jitterMs: config.RETRAIN_JITTER_SECONDS * 1000,
    memory: new ScheduleFile(homePath(config.RETRAIN_STATE_DIR), times),
    run: scheduledRun(runner, logger),
    logger,
  });
}

function timesOf({ RETRAIN_SCHEDULE, RETRAIN_TIME_ZONE }: Config): CronTimes | undefined {
  if (RETRAIN_SCHEDULE === undefined) return undefined;
  try {
    return cronTimes(RETRAIN_SCHEDULE, RETRAIN_TIME_ZONE);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw new ConfigError([`RETRAIN_SCHEDULE cannot be used: ${error.message}.`]);
  }
}
