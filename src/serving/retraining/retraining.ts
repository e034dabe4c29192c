import { ConfigError, readSecrets, type Config } from '../../common/config/config.ts';
import { secretHider } from '../../common/text/hide-secrets.ts';
import { homePath } from '../../common/config/location.ts';
import type { ServerResources } from '../lifecycle/server-resources.ts';
import { LastRunFile } from './last-run-file.ts';
import { retrainCommand } from './retrain-command.ts';
import { RetrainRunner } from './retrain-runner.ts';
import { RetrainSchedule } from './retrain-schedule.ts';
import { cronTimes, ScheduleError, type CronTimes, ScheduleFile } from './schedule-memory.ts';
import { driftTrigger, type DriftFacts, scheduledRun } from './triggers.ts';

/** Runs retrainings as child processes of the server, one at a time: on request, on a schedule, or on drift. */
export interface Retraining {
  runner: Pick<RetrainRunner, 'start' | 'view'>;
  /** When the schedule starts the next run. */
  nextAt: () => Date | undefined;
  /** Starts a run if RETRAIN_ON_DRIFT is on. */
  onDrift: (facts: DriftFacts) => void;
  /** Restores the last run of an earlier process, then follows the schedule, if there is one. */
  start: () => Promise<void>;
  /** Starts no more runs and asks the running one to stop. */
  stop: () => void;
  /** Resolves when no run is left. Never rejects. */
  idle: () => Promise<unknown>;
}

export interface RetrainingOptions {
  /** From `scheduleTimes`; undefined without a schedule. */
  times: CronTimes | undefined;
  /** Called after a run that has moved the alias. */
  onPromoted: () => void;
}

export function createRetraining(
  resources: ServerResources,
  { times, onPromoted }: RetrainingOptions,
): Retraining {
  const { config, logger } = resources;
  const runner = createRunner(resources, onPromoted);
  const schedule = times && createSchedule(resources, runner, times);
  return {
    runner,
    nextAt: () => schedule?.nextAt,
    onDrift: driftTrigger({ runner, enabled: config.RETRAIN_ON_DRIFT, logger }),
    start: async () => {
      await runner.recall();
      void schedule?.follow();
    },
    stop: () => {
      schedule?.stop();
      runner.stop();
    },
    idle: () => runner.idle(),
  };
}

/**
 * The times of the configured schedule.
 * @throws ConfigError if the schedule cannot be parsed or has no future time
 */
export function scheduleTimes({
  RETRAIN_SCHEDULE,
  RETRAIN_TIME_ZONE,
}: Config): CronTimes | undefined {
  if (RETRAIN_SCHEDULE === undefined) return undefined;
  try {
    return cronTimes(RETRAIN_SCHEDULE, RETRAIN_TIME_ZONE);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw new ConfigError([`RETRAIN_SCHEDULE cannot be used: ${error.message}.`]);
  }
}

function createRunner(
  { config, logger, metrics }: ServerResources,
  onPromoted: () => void,
): RetrainRunner {
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
  { config, logger, clock }: ServerResources,
  runner: RetrainRunner,
  times: CronTimes,
): RetrainSchedule {
  return new RetrainSchedule({
    times,
    jitterMs: config.RETRAIN_JITTER_SECONDS * 1000,
    memory: new ScheduleFile(homePath(config.RETRAIN_STATE_DIR), times),
    run: scheduledRun(runner, logger),
    logger,
    clock,
  });
}
