import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cron } from 'croner';
import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { replaceFile } from '../../registry/store/local-files.ts';

/** The schedule is not valid; the message says why. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** The times of a cron expression in a time zone. */
export interface CronTimes {
  readonly cron: string;
  readonly timeZone: string;
  /** The first time after `ms`, in wall-clock milliseconds; undefined if there is none. */
  nextAfter(ms: number): number | undefined;
}

/**
 * @param cron five fields, six with seconds first, or a nickname such as `@daily`
 * @param timeZone an IANA name; by default the machine's time zone
 * @throws ScheduleError if it cannot be parsed or has no future time
 */
export function cronTimes(cron: string, timeZone = machineTimeZone()): CronTimes {
  const job = parseCron(cron, timeZone);
  const nextAfter = (ms: number): number | undefined => job.nextRun(new Date(ms))?.getTime();
  if (nextAfter(Date.now()) === undefined)
    throw new ScheduleError(`"${cron}" in ${timeZone} never comes due`);
  return { cron, timeZone, nextAfter };
}

function parseCron(cron: string, timeZone: string): Cron {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new ScheduleError(`"${timeZone}" is not a time zone; use one such as Europe/Berlin`);
  }
  try {
    const job = new Cron(cron, { timezone: timeZone, paused: true });
    if (job.getPattern() !== undefined) return job;
  } catch (error) {
    throw new ScheduleError(
      `"${cron}" is not a cron expression such as "0 3 * * 1" (Mondays at three): ${messageOf(error)}`,
    );
  }
  throw new ScheduleError(`"${cron}" is a date, not a cron expression such as "0 3 * * 1"`);
}

function machineTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const memorySchema = z.object({
  cron: z.string(),
  timeZone: z.string(),
  seenToUntil: z.iso.datetime(),
});

/** Stores the time up to which a schedule has been handled, in wall-clock milliseconds. */
export interface ScheduleMemory {
  /** Undefined if nothing is stored for this schedule. */
  read(): Promise<number | undefined>;
  write(handledUntilMs: number): Promise<void>;
}

/** A schedule memory in a file. A changed expression or time zone starts a new schedule without missed runs. */
export class ScheduleFile implements ScheduleMemory {
  readonly #file: string;
  readonly #times: Pick<CronTimes, 'cron' | 'timeZone'>;

  constructor(stateDir: string, times: Pick<CronTimes, 'cron' | 'timeZone'>) {
    this.#file = path.join(stateDir, 'schedule.json');
    this.#times = times;
  }

  async read(): Promise<number | undefined> {
    try {
      const stored = memorySchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      const { cron, timeZone } = this.#times;
      const same = stored.cron === cron && stored.timeZone === timeZone;
      return same ? Date.parse(stored.seenToUntil) : undefined;
    } catch {
      return undefined;
    }
  }

  async write(handledUntilMs: number): Promise<void> {
    const { cron, timeZone } = this.#times;
    const seenToUntil = new Date(handledUntilMs).toISOString();
    const text = `${JSON.stringify({ cron, timeZone, seenToUntil }, null, 2)}\n`;
    await replaceFile(this.#file, (partial) => writeFile(partial, text));
  }
}
