import { Cron } from 'croner';
import { messageOf } from '../common/errors.ts';

/** The schedule cannot be used; the message says what is wrong with it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** The times of a cron expression in a time zone. */
export interface CronTimes {
  readonly cron: string;
  readonly timeZone: string;
  /** The first time after another one, in wall-clock milliseconds; undefined where there is none. */
  nextAfter(ms: number): number | undefined;
}

/**
 * @param cron five fields, six with seconds first, or `@daily` and its like
 * @param timeZone by its IANA name; the machine's by default
 * @throws ScheduleError where it cannot be read, or never comes due
 */
export function cronTimes(cron: string, timeZone = machineTimeZone()): CronTimes {
  const job = using(cron, timeZone);
  const nextAfter = (ms: number): number | undefined => job.nextRun(new Date(ms))?.getTime();
  if (nextAfter(Date.now()) === undefined)
    throw new ScheduleError(`"${cron}" in ${timeZone} never comes due`);
  return { cron, timeZone, nextAfter };
}

function using(cron: string, timeZone: string): Cron {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new ScheduleError(`"${timeZone}" is no time zone; give one such as Europe/Berlin`);
  }
  try {
    const job = new Cron(cron, { timezone: timeZone, paused: true });
    if (job.getPattern() !== undefined) return job;
  } catch (error) {
    throw new ScheduleError(
      `"${cron}" is no cron expression such as "0 3 * * 1" (Mondays at three): ${messageOf(error)}`,
    );
  }
  throw new ScheduleError(`"${cron}" is a date, not a cron expression such as "0 3 * * 1"`);
}

function machineTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
