import { beforeEach, describe, expect, it } from 'vitest';
import { FeedbackRetention } from '../../../src/serving/feedback/feedback-retention.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import { StorageError } from '../../../src/registry/store/object-store.ts';
import { exampleFeedback, facePhoto } from '../../support/feedback.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';
import {
  writableMemoryStore,
  type WritableMemoryStore,
} from '../../support/fakes/writable-memory-store.ts';

const HOUR_MS = 3_600_000;
let clock: ManualClock;
let memory: WritableMemoryStore;
let store: FeedbackStore;
let retention: FeedbackRetention;
let log: ReturnType<typeof recordingLogger>;
const startedAt = Date.parse('2026-03-01T00:00:00Z');

beforeEach(() => {
  clock = new ManualClock();
  memory = writableMemoryStore();
  store = new FeedbackStore(memory);
  log = recordingLogger();
  retention = new FeedbackRetention({
    store,
    retentionDays: 1,
    maxPhotos: 2,
    maxBytes: 100_000,
    logger: log.logger,
    metrics: createMetrics(),
    clock,
    today: () => new Date(startedAt + clock.now()),
  });
});

const keep = (seed: number) =>
  store.add(exampleFeedback({ bytes: facePhoto(seed), at: new Date(startedAt + clock.now()) }));

describe('FeedbackRetention', () => {
  it('removes what is too old within an hour', async () => {
    await keep(1);
    await retention.start();
    await clock.advance(23 * HOUR_MS);
    expect(memory.objects.size).toBe(2);
    await clock.advance(HOUR_MS);
    expect(memory.objects.size).toBe(0);
    expect(log.logged('info')).toEqual(['removed expired feedback']);
  });

  it('continues after an outage of the store', async () => {
    memory.before = () => {
      throw new StorageError('away');
    };
    await retention.start();
    expect(log.logged('warn')).toEqual(['could not sweep the feedback store']);
    memory.before = () => undefined;
    await keep(1);
    await clock.advance(25 * HOUR_MS);
    expect(memory.objects.size).toBe(0);
  });

  it('refuses more photos than allowed, counting its own at once and those of others with a sweep', async () => {
    await keep(1);
    await retention.start();
    retention.requireRoom();
    retention.count(100, 1);
    expect(() => retention.requireRoom()).toThrow(/The feedback store is full/);
    retention.count(100, -1);
    retention.requireRoom();
    await keep(2);
    await clock.advance(HOUR_MS);
    expect(() => retention.requireRoom()).toThrow(/The feedback store is full/);
  });

  it('refuses more bytes than allowed', () => {
    retention.count(60_000, 1);
    retention.requireRoom(40_000);
    expect(() => retention.requireRoom(40_001)).toThrow(/The feedback store is full/);
  });

  it('stops for good, also in the middle of a sweep', async () => {
    const sweeping = retention.start();
    retention.stop();
    await sweeping;
    expect(clock.pendingTimers).toBe(0);
  });
});
