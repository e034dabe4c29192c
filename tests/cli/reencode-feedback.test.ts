import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { reencodeFeedback } from '../../src/cli/feedback/reencode-feedback.ts';
import { formatFeedbackRecord } from '../../src/registry/feedback/feedback-record.ts';
import { nameOfId } from '../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../../src/registry/feedback/feedback-sweep.ts';
import { StorageError } from '../../src/registry/store/object-store.ts';
import { writableMemoryStore } from '../support/fakes/writable-memory-store.ts';
import { exampleFeedback, exampleRecord1, facePhoto } from '../support/feedback.ts';

let memory: ReturnType<typeof writableMemoryStore>;
let store: FeedbackStore;
let photo: Buffer;
beforeEach(async () => {
  memory = writableMemoryStore();
  store = new FeedbackStore(memory);
  photo = await sharp(facePhoto(1))
    .withExif({ IFD0: { Make: 'Maker', Artist: 'Somebody' } })
    .jpeg()
    .toBuffer();
});

/** Writes what 0.1 left in a store. */
async function keepOld(digit: string, bytes = photo) {
  const { key, record } = exampleRecord1({ state: 'accepted', name: digit.repeat(32) });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const old = { ...record, photo: { ...record.photo, sha256, bytes: bytes.length } };
  await memory.upload(old.photo.key, bytes);
  await memory.put(key, formatFeedbackRecord(old));
  return old;
}

describe('feedback reencode', () => {
  it('removes metadata from old photos and keeps everything else of their records', async () => {
    const old = await keepOld('a');
    const { record: recent } = await store.add(exampleFeedback());
    const { text } = await reencodeFeedback(store, { dryRun: false });
    expect(text).toMatch(/^encoded 1 photos/);
    const record = (await store.findById(old.id))!;
    expect(record).toMatchObject({
      ...{ schemaVersion: 2, age: 30, minAge: 30, maxAge: 30, state: 'accepted', face: null },
      photo: { sha256: old.photo.sha256, width: 48, height: 48 },
    });
    const stored = await store.readPhoto(record);
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    expect((await sharp(stored).metadata()).exif).toBeUndefined();
    expect(stored.toString('latin1')).not.toContain('Somebody');
    expect(memory.objects.has(old.photo.key)).toBe(false);
    expect(memory.objects.size).toBe(4);
    expect(await store.findById(recent.id)).toEqual(recent);
    expect((await reencodeFeedback(store, { dryRun: false })).text).toMatch(/^encoded 0 photos/);
  });

  it('only says what it would change in a dry run', async () => {
    const old = await keepOld('a');
    const { data } = await reencodeFeedback(store, { dryRun: true });
    expect(data).toMatchObject({ reencoded: [nameOfId(old.id)], dryRun: true });
    expect(await store.findById(old.id)).toEqual(old);
  });

  it('reports a photo that cannot be read, and goes on with the others', async () => {
    await keepOld('a', photo.subarray(0, 200));
    await keepOld('b');
    const { data, text } = await reencodeFeedback(store, { dryRun: false });
    expect(data).toMatchObject({
      reencoded: ['b'.repeat(32)],
      unreadable: [{ name: 'a'.repeat(32) }],
    });
    expect(text).toContain('stays as it is: The jpeg image is damaged');
  });

  it('is resumed after an interruption at any step, and leaves nothing but what a sweep removes', async () => {
    for (const step of ['upload', 'put', 'delete']) {
      memory.objects.clear();
      const old = await keepOld('a');
      memory.before = (action) => {
        if (action === step) throw new StorageError('the store is away');
      };
      await expect(reencodeFeedback(store, { dryRun: false })).rejects.toThrow('away');
      memory.before = () => undefined;
      await reencodeFeedback(store, { dryRun: false });
      expect(await store.findById(old.id)).toMatchObject({ schemaVersion: 2, age: 30 });
      await sweepFeedback(store, { now: new Date('2026-03-12T12:00:00Z'), retentionDays: 0 });
      expect(memory.objects.size).toBe(2);
    }
  });
});
