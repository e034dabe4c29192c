import { readScheduleConfig, readSecrets, type ScheduleConfig } from '../src/common/config/config.ts';
import { messageOf } from '../src/common/errors.ts';
import { createLineLogger } from '../src/common/logger.ts';
import { createMetrics } from '../src/common/metrics/metrics.ts';
import { secretHider } from '../src/common/hide-secrets.ts';
import { LastRunFile } from '../src/serving/retraining/last-run-file.ts';
import { CannotTrainError, retrainCommand } from '../src/serving/retraining/retrain-command.ts';
import { retrainExitCodes } from '../src/registry/retrain-record.ts';
import { RetrainRunner } from '../src/serving/retraining/retrain-runner.ts';
import { RetrainSchedule } from '../src/serving/retraining/retrain-schedule.ts';
import { ScheduleFile } from '../src/serving/retraining/schedule-memory.ts';
import { scheduledRun } from '../src/serving/retraining/triggers.ts';
import { readOptions, usage, type ScheduleOptions } from '../src/cli/schedule-options.ts';

const print = (line: string) => console.log(line);
const logger = createLineLogger(print);

async function follow(config: ScheduleConfig, options: ScheduleOptions): Promise<void> {
  // Better said now than when the first run is due.
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

/** The first signal waits for the run under way, which is asked to stop; the second ends this process at once. */
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

async function main(): Promise<void> {
  const config = readScheduleConfig();
  const options = readOptions(process.argv.slice(2), config);
  if (options === undefined) print(usage);
  else await follow(config, options);
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode =
    error instanceof CannotTrainError ? retrainExitCodes.failed : retrainExitCodes.usage;
});
