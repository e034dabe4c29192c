import { readSecrets, type ScheduleConfig } from '../common/config/config.ts';
import { secretHider } from '../common/text/hide-secrets.ts';
import { createLineLogger } from '../common/logger.ts';
import { createMetrics } from '../common/metrics/metrics.ts';
import { retrainExitCodes } from '../registry/retrain-record.ts';
import { LastRunFile } from '../serving/retraining/last-run-file.ts';
import { retrainCommand } from '../serving/retraining/retrain-command.ts';
import { RetrainRunner } from '../serving/retraining/retrain-runner.ts';
import { RetrainSchedule } from '../serving/retraining/retrain-schedule.ts';
import { ScheduleFile, type CronTimes } from '../serving/retraining/schedule-memory.ts';
import { scheduledRun } from '../serving/retraining/triggers.ts';

/** When to retrain, and how. */
export interface ScheduleOptions {
  times: CronTimes;
  /** Each start is delayed by a random time of at most this. */
  jitterMs: number;
  /** The folder that remembers the runs that are done. */
  stateDir: string;
  /** Arguments for the retrain command. */
  retrainArgs: readonly string[];
}

const print = (line: string) => console.log(line);
const logger = createLineLogger(print);

/**
 * Retrains whenever a run is due, until a stop signal arrives or no run will ever be due.
 * @throws CannotTrainError at once where this installation cannot train
 */
export async function followSchedule(
  config: ScheduleConfig,
  options: ScheduleOptions,
): Promise<void> {
  // Fails now rather than when the first run is due.
  retrainCommand(config.RETRAIN_COMMAND);
  const { times, jitterMs, stateDir, retrainArgs } = options;
  const runner = createRunner(config, stateDir);
  const schedule = new RetrainSchedule({
    times,
    jitterMs,
    memory: new ScheduleFile(stateDir, times),
    run: scheduledRun(runner, logger, retrainArgs),
    logger,
  });
  onStopSignal(() => {
    schedule.stop();
    runner.stop();
  });
  await schedule.follow();
  logger.info('the schedule has ended');
}

function createRunner(config: ScheduleConfig, stateDir: string): RetrainRunner {
  return new RetrainRunner({
    command: () => retrainCommand(config.RETRAIN_COMMAND),
    stateDir,
    lastRun: new LastRunFile(stateDir),
    coolDownMs: 0,
    hide: secretHider(readSecrets()),
    logger,
    metrics: createMetrics(),
    onLine: print,
  });
}

/** The first signal asks the current run to stop and waits for it; the second ends this process at once. */
function onStopSignal(stop: () => void): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(retrainExitCodes.interrupted);
    stopping = true;
    logger.info({ signal }, 'stopping');
    stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
