import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { CronTimes, ScheduleMemory } from './schedule-memory.ts';

/** A moment as people of a time zone write it, such as `2026-03-30 03:00:42 Europe/Berlin`. */
export function inZone(ms: number, timeZone: string): string {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return `${format.format(ms)} ${timeZone}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A length of time in its two largest units, such as `2 d 4 h`. */
export function durationText(ms: number): string {
  let leftSeconds = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(leftSeconds / seconds);
    leftSeconds -= count * seconds;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** The wall clock is looked at so often at least: it may be set, and a machine may sleep. */
const LOOK_EVERY_MS = 60_000;

export interface RetrainScheduleOptions {
  times: CronTimes;
  /** A run starts up to so much later than it is due, so that many machines do not start in step. */
  jitterMs: number;
  memory: ScheduleMemory;
  /** Resolves when the run has ended, however it did. */
  run: (due: { at: Date; missed: boolean }) => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn'>;
  /** In [0, 1). */
  random?: () => number;
  /** Wall-clock milliseconds. */
  nowMs?: () => number;
  clock?: Clock;
}

/**
 * Runs what is due by the clock, one run at a time. Times that pass unseen, while no process was there or an earlier
 * run lasted, are caught up with by a single run.
 */
export class RetrainSchedule {
  readonly #options: RetrainScheduleOptions;
  readonly #random: () => number;
  readonly #nowMs: () => number;
  readonly #clock: Clock;
  #nextAtMs: number | undefined;
  #wake: () => void = () => undefined;
  #stopped = false;

  constructor(options: RetrainScheduleOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#clock = options.clock ?? systemClock;
  }

  /** When the next run starts; undefined while one runs, and where no other comes. */
  get nextAt(): Date | undefined {
    return this.#nextAtMs === undefined ? undefined : new Date(this.#nextAtMs);
  }

  /** Resolves after `stop`, when no run is under way, or when no time comes any more. */
  async follow(): Promise<void> {
    let seenToUntilMs = await this.#recall();
    for (;;) {
      const due = this.#dueAfter(seenToUntilMs);
      if (due === undefined || !(await this.#wait(due))) return;
      seenToUntilMs = this.#nowMs();
      await this.#options.run({ at: new Date(due.dueMs), missed: due.missed });
      // A run that was stopped is begun anew by whoever follows the schedule next.
      if (this.#stopped) return;
      await this.#remember(seenToUntilMs);
    }
  }

  /** Starts no more runs; one under way is the caller's to stop. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async #recall(): Promise<number> {
    const kept = await this.#options.memory.read();
    const nowMs = this.#nowMs();
    // From a clock that was ahead it would keep the schedule waiting.
    if (kept !== undefined && kept <= nowMs) return kept;
    await this.#remember(nowMs);
    return nowMs;
  }

  #dueAfter(
    seenToUntilMs: number,
  ): { dueMs: number; startMs: number; missed: boolean } | undefined {
    const { times, jitterMs, logger } = this.#options;
    const dueMs = times.nextAfter(seenToUntilMs);
    if (dueMs === undefined) {
      logger.info(`the schedule ${times.cron} has no further time`);
      return undefined;
    }
    const nowMs = this.#nowMs();
    const missed = dueMs < nowMs;
    const startMs = Math.max(dueMs, nowMs) + Math.floor(this.#random() * jitterMs);
    const facts = { due: inZone(dueMs, times.timeZone), start: inZone(startMs, times.timeZone) };
    if (missed) logger.warn(facts, 'a retraining was missed and is caught up with');
    else logger.info({ ...facts, in: durationText(startMs - nowMs) }, 'next retraining');
    return { dueMs, startMs, missed };
  }

  /** @returns whether the time has come; false where the schedule was stopped before. */
  async #wait({ startMs }: { startMs: number }): Promise<boolean> {
    this.#nextAtMs = startMs;
    let leftMs = startMs - this.#nowMs();
    while (leftMs > 0 && !this.#stopped) {
      await this.#sleep(Math.min(leftMs, LOOK_EVERY_MS));
      leftMs = startMs - this.#nowMs();
    }
    this.#nextAtMs = undefined;
    return !this.#stopped;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #remember(seenToUntilMs: number): Promise<void> {
    const { memory, logger } = this.#options;
    await memory.write(seenToUntilMs).catch((error: unknown) => {
      logger.warn(`Retrainings missed while this is down go unnoticed: ${messageOf(error)}`);
    });
  }
}
