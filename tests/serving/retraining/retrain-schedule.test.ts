import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RetrainSchedule } from '../../../src/serving/retraining/retrain-schedule.ts';
import {
  cronTimes,
  ScheduleFile,
  type ScheduleMemory,
} from '../../../src/serving/retraining/schedule-memory.ts';
import { deferred, type Deferred } from '../../support/fakes/deferred.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-05-01T00:10:00Z');
const times = cronTimes('0 * * * *', 'UTC');

/** Hours since midnight of the start at which something happened. */
const hours = (ms: number) => (ms - Date.parse('2026-05-01T00:00:00Z')) / HOUR_MS;

interface HeldScheduleOptions {
  jitterMs?: number;
  /** Until when it was seen to before. */
  kept?: number;
  memory?: ScheduleMemory;
}

/** A schedule of every full hour, from ten past midnight, whose runs and time the test controls. */
class HeldSchedule {
  readonly clock = new ManualClock();
  readonly log = recordingLogger();
  readonly runs: { startedHour: number; dueHour: number; missed: boolean; end: Deferred<void> }[] =
    [];
  kept: number | undefined;
  random = 0;
  ended = false;
  readonly schedule: RetrainSchedule;

  private constructor({ jitterMs = 0, kept, memory }: HeldScheduleOptions) {
    this.kept = kept;
    const nowMs = () => START_MS + this.clock.now();
    this.schedule = new RetrainSchedule({
      times,
      jitterMs,
      memory: memory ?? {
        read: () => Promise.resolve(this.kept),
        write: (ms) => Promise.resolve(void (this.kept = ms)),
      },
      run: ({ at, missed }) => {
        const end: Deferred<void> = deferred();
        const dueHour = hours(at.getTime());
        this.runs.push({ startedHour: hours(nowMs()), dueHour, missed, end });
        return end.promise;
      },
      logger: this.log.logger,
      random: () => this.random,
      nowMs,
      clock: this.clock,
    });
    void this.schedule.follow().then(() => (this.ended = true));
  }

  /** Returns when it waits for its time. */
  static async start(options: HeldScheduleOptions = {}): Promise<HeldSchedule> {
    const held = new HeldSchedule(options);
    await held.clock.turn();
    return held;
  }

  async endRun(): Promise<void> {
    this.runs.at(-1)!.end.resolve();
    await this.clock.turn();
  }

  get started(): number[] {
    return this.runs.map(({ startedHour }) => startedHour);
  }
}

describe('a retraining schedule', () => {
  it('runs when the time comes, and again at the next one', async () => {
    const held = await HeldSchedule.start();
    await held.clock.advance(49 * 60_000);
    expect(held.runs).toHaveLength(0);
    expect(held.schedule.nextAt).toEqual(new Date('2026-05-01T01:00:00Z'));
    await held.clock.advance(60_000);
    expect(held.started).toEqual([1]);
    expect(held.schedule.nextAt).toBeUndefined();
    await held.endRun();
    await held.clock.advance(HOUR_MS);
    expect(held.started).toEqual([1, 2]);
    expect(held.log.logged('info')).toContain('next retraining');
  });

  it('never overlaps, and catches up once with all that a long run missed', async () => {
    const held = await HeldSchedule.start();
    await held.clock.advance(HOUR_MS);
    await held.clock.advance(3.5 * HOUR_MS);
    expect(held.started).toEqual([1]);
    await held.endRun();
    await held.clock.advance(0);
    expect(held.runs).toHaveLength(2);
    expect(held.runs[1]).toMatchObject({ dueHour: 2, missed: true });
    await held.endRun();
    await held.clock.advance(10 * 60_000);
    expect(held.runs).toHaveLength(2);
    await held.clock.advance(20 * 60_000);
    expect(held.runs[2]).toMatchObject({ startedHour: 5, missed: false });
  });

  it('catches up once with what was missed while it was down', async () => {
    const held = await HeldSchedule.start({ kept: START_MS - 5.5 * HOUR_MS });
    await held.clock.advance(0);
    expect(held.runs).toHaveLength(1);
    expect(held.runs[0]).toMatchObject({ missed: true });
    expect(held.log.logged('warn')).toEqual(['a missed retraining runs now']);
    await held.endRun();
    await held.clock.advance(HOUR_MS);
    expect(held.started).toEqual([10 / 60, 1]);
  });

  it('makes up for no run the first time, nor if none was missed', async () => {
    for (const kept of [undefined, START_MS - 60_000, START_MS + HOUR_MS]) {
      const held = await HeldSchedule.start(kept === undefined ? {} : { kept });
      await held.clock.advance(60_000);
      expect(held.runs).toHaveLength(0);
      await held.clock.advance(HOUR_MS);
      expect(held.started).toEqual([1]);
    }
  });

  it('remembers what it has seen to when the run has ended', async () => {
    const held = await HeldSchedule.start();
    await held.clock.advance(HOUR_MS);
    expect(hours(held.kept!)).toBe(10 / 60);
    await held.endRun();
    expect(hours(held.kept!)).toBe(1);
  });

  it('waits a random part of the jitter', async () => {
    const held = await HeldSchedule.start({ jitterMs: 0.5 * HOUR_MS });
    await held.clock.advance(HOUR_MS);
    held.random = 0.5;
    await held.endRun();
    expect(held.schedule.nextAt).toEqual(new Date('2026-05-01T02:15:00Z'));
    await held.clock.advance(2 * HOUR_MS);
    expect(held.started).toEqual([1, 2.25]);
  });

  it('follows the wall clock, which may be changed', async () => {
    const clock = new ManualClock();
    let wallMs = START_MS;
    const started: number[] = [];
    const schedule = new RetrainSchedule({
      times,
      jitterMs: 0,
      memory: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
      run: () => Promise.resolve(void started.push(hours(wallMs))),
      logger: recordingLogger().logger,
      nowMs: () => wallMs,
      clock,
    });
    void schedule.follow();
    await clock.advance(0);
    wallMs += 2 * HOUR_MS;
    await clock.advance(60_000);
    expect(started).toEqual([2 + 10 / 60]);
    schedule.stop();
  });

  it('stops while it waits', async () => {
    const held = await HeldSchedule.start();
    await held.clock.advance(0);
    held.schedule.stop();
    await held.clock.turn();
    expect(held.ended).toBe(true);
    expect(held.clock.pendingTimers).toBe(0);
  });

  it('stops after the run under way, which the next process starts again', async () => {
    const held = await HeldSchedule.start();
    await held.clock.advance(HOUR_MS);
    held.schedule.stop();
    await held.clock.turn();
    expect(held.ended).toBe(false);
    await held.endRun();
    expect(held.ended).toBe(true);
    expect(hours(held.kept!)).toBe(10 / 60);
  });

  it('continues if it can store nothing', async () => {
    const memory: ScheduleMemory = {
      read: () => Promise.resolve(undefined),
      write: () => Promise.reject(new Error('read-only')),
    };
    const held = await HeldSchedule.start({ memory });
    await held.clock.advance(HOUR_MS);
    await held.endRun();
    await held.clock.advance(HOUR_MS);
    expect(held.started).toEqual([1, 2]);
    expect(held.log.logged('warn')[0]).toContain('read-only');
  });
});

describe("a schedule's file", () => {
  let folder: string;
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('belongs to one schedule: another one has missed nothing', async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'face-age-schedule-'));
    const file = new ScheduleFile(folder, times);
    expect(await file.read()).toBeUndefined();
    await file.write(START_MS);
    expect(await file.read()).toBe(START_MS);
    expect(await new ScheduleFile(folder, { ...times, cron: '1 * * * *' }).read()).toBeUndefined();
    expect(await new ScheduleFile(folder, { ...times, timeZone: 'Asia/Tokyo' }).read()).toBe(
      undefined,
    );
  });

  it('is ignored if it cannot be read', async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'face-age-schedule-'));
    await writeFile(path.join(folder, 'schedule.json'), '{"cron":');
    expect(await new ScheduleFile(folder, times).read()).toBeUndefined();
  });
});
