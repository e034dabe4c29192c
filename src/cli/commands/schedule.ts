import type { Command } from 'commander';
import { readScheduleConfig, type ScheduleConfig } from '../../common/config/config.ts';
import { homePath } from '../../common/config/location.ts';
import { createCommand, option } from '../command.ts';
import { parseNonNegative, parseText } from '../option-values.ts';
import type { ScheduleOptions } from '../schedule.ts';

const scheduleOptions = [
  option(
    '--cron <expression>',
    'when: minute hour day month weekday, such as "0 3 * * 1" for Mondays at 3:00; optionally with seconds first (default: RETRAIN_SCHEDULE)',
    { parse: parseText },
  ),
  option(
    '--time-zone <zone>',
    "such as Europe/Berlin (default: RETRAIN_TIME_ZONE, else the machine's)",
    { parse: parseText },
  ),
  option(
    '--jitter-seconds <n>',
    'delay each start by a random time of up to so many seconds (default: RETRAIN_JITTER_SECONDS, 0)',
    { parse: parseNonNegative },
  ),
  option(
    '--state <folder>',
    'remembers the runs that are done (default: RETRAIN_STATE_DIR, ~/.cache/face-age/retrain)',
    { parse: parseText },
  ),
];

const help = `
It runs RETRAIN_COMMAND, or the retrain command of this installation, as a process of its own.
Exit status: 0 stopped in good order, or the expression matches no future time; 1 it cannot train; 2 the command line or
a setting cannot be used.`;

interface Given {
  cron?: string;
  timeZone?: string;
  jitterSeconds?: number;
  state?: string;
}

/** `face-age schedule`. */
export function scheduleCommand(): Command {
  return createCommand(
    'schedule',
    'Retrains on a schedule until SIGTERM or Ctrl-C, one run at a time. Runs that were missed while it was down, or during ' +
      'another run, are made up for by one run.',
    scheduleOptions,
  )
    .argument('[retrain-options...]', 'after --: options for the retrain command')
    .addHelpText('after', help)
    .action(async (retrainArgs: string[], given: Given, command: Command) => {
      const config = readScheduleConfig();
      const options = await scheduleOptionsOf(command, { given, config, retrainArgs });
      const { followSchedule } = await import('../schedule.ts');
      await followSchedule(config, options);
    });
}

async function scheduleOptionsOf(
  command: Command,
  { given, config, retrainArgs }: { given: Given; config: ScheduleConfig; retrainArgs: string[] },
): Promise<ScheduleOptions> {
  const cron = given.cron ?? config.RETRAIN_SCHEDULE;
  if (cron === undefined)
    command.error('error: --cron: give a cron expression such as "0 3 * * 1"');
  const { cronTimes, ScheduleError } = await import('../../serving/retraining/schedule-memory.ts');
  try {
    return {
      times: cronTimes(cron, given.timeZone ?? config.RETRAIN_TIME_ZONE),
      jitterMs: (given.jitterSeconds ?? config.RETRAIN_JITTER_SECONDS) * 1000,
      stateDir: homePath(given.state ?? config.RETRAIN_STATE_DIR),
      retrainArgs,
    };
  } catch (error) {
    if (error instanceof ScheduleError) command.error(`error: ${error.message}`);
    throw error;
  }
}
