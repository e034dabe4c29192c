import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ScheduleConfig } from '../common/config/config.ts';
import { cronTimes, type CronTimes } from '../serving/retraining/schedule-memory.ts';
import { homePath } from '../registry/store/local-files.ts';
import { parseOptions } from '../common/parse-options.ts';

export const usage = `Usage: npm run schedule -- --cron EXPRESSION [options] [-- OPTIONS OF retrain]
Retrains by the clock until SIGTERM or Ctrl-C, one run at a time. What was missed while it was down, or while a run
lasted, is caught up with by one run.

  --cron EXPRESSION    when: minute hour day month weekday, such as "0 3 * * 1" for Mondays at three; seconds may
                       stand before (default: RETRAIN_SCHEDULE)
  --time-zone ZONE     such as Europe/Berlin (default: RETRAIN_TIME_ZONE, else the machine's)
  --jitter-seconds N   start up to so much later, at random (default: RETRAIN_JITTER_SECONDS, 0)
  --state FOLDER       remembers what was seen to (default: RETRAIN_STATE_DIR, ~/.cache/face-age/retrain)

It runs RETRAIN_COMMAND, or this installation's own retrain command, as a process of its own.
Exit status: 0 stopped in good order, or no time comes any more; 1 it cannot train; 2 the options cannot be used.`;

const options = {
  cron: { type: 'string' },
  'time-zone': { type: 'string' },
  'jitter-seconds': { type: 'string' },
  state: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const optionsSchema = z.object({
  cron: z.string('give a cron expression such as "0 3 * * 1"'),
  'time-zone': z.string().optional(),
  'jitter-seconds': z.coerce.number('give seconds').min(0),
  state: z.string().min(1),
});

export interface ScheduleOptions {
  times: CronTimes;
  jitterMs: number;
  stateDir: string;
  /** For the retrain command. */
  retrainArgs: string[];
}

/**
 * @param args the command line's, without the program
 * @returns undefined where only help is wanted
 * @throws Error, ScheduleError saying what cannot be used
 */
export function readOptions(args: readonly string[], config: ScheduleConfig): ScheduleOptions | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  const scheduleOptions = parseOptions(optionsSchema, {
    cron: values.cron ?? config.RETRAIN_SCHEDULE,
    'time-zone': values['time-zone'] ?? config.RETRAIN_TIME_ZONE,
    'jitter-seconds': values['jitter-seconds'] ?? config.RETRAIN_JITTER_SECONDS,
    state: values.state ?? config.RETRAIN_STATE_DIR,
  });
  return {
    times: cronTimes(scheduleOptions.cron, scheduleOptions['time-zone']),
    jitterMs: scheduleOptions['jitter-seconds'] * 1000,
    stateDir: homePath(scheduleOptions.state),
    retrainArgs: positionals,
  };
}
