import { systemClock, type Clock } from '../../common/clock.ts';
import { messageOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { CronTimes, ScheduleMemory } from './schedule-memory.ts';

/** Formats a time in a time zone, such as `2026-03-30 03:00:42 Europe/Berlin`. */
export function inZone(ms: number, timeZone: string): string {
  // Swedish dates have the format of ISO 8601.
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

/** Formats a duration in its two largest units, such as `2 d 4 h`. */
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

/** How often the wall clock is checked: it may be changed, and the machine may sleep. */
const CHECK_EVERY_MS = 60_000;

export interface RetrainScheduleOptions {
  times: CronTimes;
  /** Maximum random delay of a run, so that many machines do not start at the same time. */
  jitterMs: number;
  memory: ScheduleMemory;
  /** Runs a retraining; resolves when it has ended, whatever the outcome. */
  run: (due: { at: Date; missed: boolean }) => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn'>;
  /** In [0, 1). */
  random?: () => number;
  /** Wall-clock milliseconds. */
  nowMs?: () => number;
  clock?: Clock;
}

/**
 * Starts runs at the times of a schedule, one at a time. Times missed while no process was running, or while another run
 * was in progress, lead to a single run afterwards.
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

  /** When the next run starts; undefined during a run and if there is no next one. */
  get nextAt(): Date | undefined {
    return this.#nextAtMs === undefined ? undefined : new Date(this.#nextAtMs);
  }

  /** Resolves when the schedule is stopped and no run is in progress, or when it has no further time. */
  async follow(): Promise<void> {
    let handledUntilMs = await this.#recall();
    for (;;) {
      const due = this.#dueAfter(handledUntilMs);
      if (due === undefined || !(await this.#wait(due))) return;
      handledUntilMs = this.#nowMs();
      await this.#options.run({ at: new Date(due.dueMs), missed: due.missed });
      // The next process that follows the schedule starts a stopped run again.
      if (this.#stopped) return;
      await this.#remember(handledUntilMs);
    }
  }

  /** Starts no more runs. The caller stops the run in progress. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async #recall(): Promise<number> {
    const stored = await this.#options.memory.read();
    const nowMs = this.#nowMs();
    // A time in the future, from a clock that was ahead, would delay the schedule.
    if (stored !== undefined && stored <= nowMs) return stored;
    await this.#remember(nowMs);
    return nowMs;
  }

  #dueAfter(
    handledUntilMs: number,
  ): { dueMs: number; startMs: number; missed: boolean } | undefined {
    const { times, jitterMs, logger } = this.#options;
    const dueMs = times.nextAfter(handledUntilMs);
    if (dueMs === undefined) {
      logger.info(`the schedule ${times.cron} has no further time`);
      return undefined;
    }
    const nowMs = this.#nowMs();
    const missed = dueMs < nowMs;
    const startMs = Math.max(dueMs, nowMs) + Math.floor(this.#random() * jitterMs);
    const facts = { due: inZone(dueMs, times.timeZone), start: inZone(startMs, times.timeZone) };
    if (missed) logger.warn(facts, 'a missed retraining runs now');
    else logger.info({ ...facts, in: durationText(startMs - nowMs) }, 'next retraining');
    return { dueMs, startMs, missed };
  }

  /** @returns true at the time of the run; false if the schedule was stopped before */
  async #wait({ startMs }: { startMs: number }): Promise<boolean> {
    this.#nextAtMs = startMs;
    let leftMs = startMs - this.#nowMs();
    while (leftMs > 0 && !this.#stopped) {
      await this.#sleep(Math.min(leftMs, CHECK_EVERY_MS));
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

  async #remember(handledUntilMs: number): Promise<void> {
    const { memory, logger } = this.#options;
    await memory.write(handledUntilMs).catch((error: unknown) => {
      logger.warn(
        `Could not save the state of the schedule, so retrainings missed while this process is down are not made up for: ${messageOf(error)}`,
      );
    });
  }
}
