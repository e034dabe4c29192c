import { beforeEach, describe, expect, it } from 'vitest';
import type { FeedbackRecord } from '../../../src/registry/feedback/feedback-record.ts';
import { nameOfId, recordKeyOf } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../../../src/registry/feedback/feedback-sweep.ts';
import {
  writableMemoryStore,
  type WritableMemoryStore,
} from '../../support/fakes/writable-memory-store.ts';
import { exampleFeedback, facePhoto } from '../../support/feedback.ts';

let memory: WritableMemoryStore;
let store: FeedbackStore;
beforeEach(() => {
  memory = writableMemoryStore();
  store = new FeedbackStore(memory);
});

const now = new Date('2026-03-31T12:00:00Z');
const sweep = (options: { retentionDays?: number; dryRun?: boolean; now?: Date } = {}) =>
  sweepFeedback(store, { now, retentionDays: 30, ...options });
const nameOf = ({ id }: FeedbackRecord) => nameOfId(id)!;

async function keep(seed: number, at: string): Promise<FeedbackRecord> {
  const feedback = exampleFeedback({ bytes: facePhoto(seed), at: new Date(at) });
  return (await store.add(feedback)).record;
}

describe('sweepFeedback', () => {
  it('removes photos and records that are older than allowed, to the second', async () => {
    const due = await keep(1, '2026-03-01T12:00:00Z');
    const young = await keep(2, '2026-03-01T12:00:01Z');
    const report = await sweep();
    expect(report.expired).toEqual([nameOf(due)]);
    expect(report).toMatchObject({ photos: 1, bytes: young.photo.bytes, leftovers: [] });
    expect([...memory.objects.keys()].toSorted()).toEqual([
      young.photo.key,
      recordKeyOf(nameOf(young)),
    ]);
  });

  it('keeps everything forever with retentionDays 0', async () => {
    await keep(1, '1999-01-01T00:00:00Z');
    expect(await sweep({ retentionDays: 0 })).toMatchObject({ expired: [], photos: 1 });
  });

  it('only reports what it would remove in a dry run', async () => {
    const due = await keep(1, '2026-01-01T00:00:00Z');
    expect(await sweep({ dryRun: true })).toMatchObject({ expired: [nameOf(due)], photos: 0 });
    expect(memory.objects.size).toBe(2);
  });

  it('reads only the records of the oldest photos', async () => {
    const due = await keep(1, '2026-01-01T00:00:00Z');
    for (const seed of [2, 3, 4]) await keep(seed, '2026-03-30T00:00:00Z');
    const read: string[] = [];
    memory.before = (action, key) => {
      if (action === 'read') read.push(key);
    };
    await sweep();
    expect(read).toEqual([recordKeyOf(nameOf(due))]);
  });

  it('removes a photo without a record once no write can still be running', async () => {
    const whole = await keep(1, '2026-03-30T12:00:00Z');
    const cut = await keep(2, '2026-03-30T12:00:00Z');
    memory.objects.delete(recordKeyOf(nameOf(cut)));
    expect((await sweep({ now: new Date('2026-03-31T00:59:59Z') })).leftovers).toEqual([]);
    const report = await sweep({ now: new Date('2026-03-31T01:00:00Z') });
    expect(report).toMatchObject({ leftovers: [nameOf(cut)], photos: 1 });
    expect(memory.objects.has(cut.photo.key)).toBe(false);
    expect(await store.findById(whole.id)).toEqual(whole);
  });

  it('removes a duplicate file of a photo, but not the one that the record names', async () => {
    const { photo, id } = await keep(1, '2026-03-20T12:00:00Z');
    for (const nonce of ['0'.repeat(16), 'f'.repeat(16)])
      memory.objects.set(
        photo.key.replace(/-[0-9a-f]{16}\./, `-${nonce}.`),
        facePhoto(1) as Buffer<ArrayBuffer>,
      );
    expect((await sweep()).leftovers).toHaveLength(2);
    expect([...memory.objects.keys()].toSorted()).toEqual([photo.key, recordKeyOf(nameOfId(id)!)]);
  });

  it('removes a record without a photo, unless it is so new that the listing may have missed the photo', async () => {
    const { photo, id } = await keep(1, '2026-03-31T11:30:00Z');
    memory.objects.delete(photo.key);
    expect((await sweep()).leftovers).toEqual([]);
    const later = new Date('2026-03-31T12:30:00Z');
    expect((await sweep({ now: later })).leftovers).toEqual([nameOfId(id)]);
    expect(memory.objects.size).toBe(0);
  });

  it('removes an expired photo even if its record is damaged', async () => {
    const old = await keep(1, '2026-02-01T00:00:00Z');
    memory.objects.set(recordKeyOf(nameOf(old)), Buffer.from('{'));
    expect((await sweep({ retentionDays: 57.6 })).damaged).toEqual([nameOf(old)]);
    expect(memory.objects.size).toBe(2);
    expect((await sweep()).expired).toEqual([nameOf(old)]);
    expect(memory.objects.size).toBe(0);
  });
});
