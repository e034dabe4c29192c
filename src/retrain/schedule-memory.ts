import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../registry/store/local-files.ts';
import type { CronTimes } from './cron-times.ts';

const memorySchema = z.object({
  cron: z.string(),
  timeZone: z.string(),
  seenToUntil: z.iso.datetime(),
});

/** Until when a schedule has been seen to, in wall-clock milliseconds. */
export interface ScheduleMemory {
  /** Undefined where nothing is known of this schedule. */
  read(): Promise<number | undefined>;
  write(seenToUntilMs: number): Promise<void>;
}

/** Kept in a file. Another expression or time zone is another schedule, which owes nothing yet. */
export class ScheduleFile implements ScheduleMemory {
  readonly #file: string;
  readonly #times: Pick<CronTimes, 'cron' | 'timeZone'>;

  constructor(stateDir: string, times: Pick<CronTimes, 'cron' | 'timeZone'>) {
    this.#file = path.join(stateDir, 'schedule.json');
    this.#times = times;
  }

  async read(): Promise<number | undefined> {
    try {
      const kept = memorySchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
      const { cron, timeZone } = this.#times;
      const same = kept.cron === cron && kept.timeZone === timeZone;
      return same ? Date.parse(kept.seenToUntil) : undefined;
    } catch {
      return undefined;
    }
  }

  async write(seenToUntilMs: number): Promise<void> {
    const { cron, timeZone } = this.#times;
    const seenToUntil = new Date(seenToUntilMs).toISOString();
    const text = `${JSON.stringify({ cron, timeZone, seenToUntil }, null, 2)}\n`;
    await replaceFile(this.#file, (partial) => writeFile(partial, text));
  }
}
