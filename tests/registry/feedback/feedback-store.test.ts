import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  FeedbackRecordError,
  type FeedbackRecord,
} from '../../../src/registry/feedback/feedback-record.ts';
import { nameOfId, recordKeyOf } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { StorageError } from '../../../src/registry/store/object-store.ts';
import { writableMemoryStore } from '../../support/fakes/writable-memory-store.ts';
import { exampleFeedback } from '../../support/feedback.ts';
import { describeFeedbackStore } from './store-contract.ts';

describeFeedbackStore('a folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedback-'));
  return {
    open: () => new FolderStore(path.join(folder, 'not yet made')),
    remove: () => rm(folder, { recursive: true }),
  };
});

describeFeedbackStore('memory', () => {
  const store = writableMemoryStore();
  return Promise.resolve({ open: () => store, remove: () => Promise.resolve() });
});

it('has at most 64 records of one photo from one submitter, and says what to do then', async () => {
  const store = new FeedbackStore(writableMemoryStore());
  const submitter = Buffer.alloc(32, 1);
  const point = { x: 1, y: 1 };
  const landmarks = {
    leftEye: point,
    rightEye: point,
    nose: point,
    mouth: point,
    leftEar: point,
    rightEar: point,
  };
  const add = (place: number) => {
    const photo = {
      ...exampleFeedback().photo,
      region: { x: 300 * place, y: 0, width: 200, height: 200 },
    };
    const face = { box: { x: 50, y: 50, width: 100, height: 100 }, landmarks };
    return store.add({ ...exampleFeedback({ submitter }), photo, face });
  };
  for (let place = 0; place < 64; place += 1) expect((await add(place)).outcome).toBe('stored');
  await expect(add(64)).rejects.toMatchObject({ code: 'feedback_full' });
  expect((await add(3)).outcome).toBe('known');
});

describe('feedback in a store that fails', () => {
  it('does not show a photo whose record could not be written', async () => {
    const memory = writableMemoryStore();
    const store = new FeedbackStore(memory);
    memory.before = (action) => {
      if (action === 'put') throw new StorageError('the store is away');
    };
    await expect(store.add(exampleFeedback())).rejects.toThrow('the store is away');
    expect(await store.listNames()).toEqual(new Set());
    memory.before = () => undefined;
    expect((await store.add(exampleFeedback())).outcome).toBe('stored');
  });

  it('keeps the record until the photo is removed, so that a removal can be repeated', async () => {
    const memory = writableMemoryStore();
    const store = new FeedbackStore(memory);
    const { record } = await store.add(exampleFeedback());
    const removal = { name: nameOfId(record.id)!, key: record.photo.key };
    memory.before = (action, key) => {
      if (action === 'delete' && key.startsWith('records/')) throw new StorageError('away');
    };
    await expect(store.remove(removal)).rejects.toThrow('away');
    expect([...memory.objects.keys()]).toEqual([recordKeyOf(removal.name)]);
    memory.before = () => undefined;
    await store.remove(removal);
    expect(memory.objects.size).toBe(0);
  });

  it('accepts a photo that is being removed while it is submitted', async () => {
    const memory = writableMemoryStore();
    const store = new FeedbackStore(memory);
    const feedback = exampleFeedback({ submitter: Buffer.from('key') });
    const { record } = await store.add(feedback);
    let puts = 0;
    memory.before = async (action) => {
      // After the other writer has lost the race and before it reads the winner.
      if (action !== 'put' || puts++ > 0) return;
      memory.objects.set(recordKeyOf(nameOfId(record.id)!), Buffer.from(JSON.stringify(record)));
      await Promise.resolve();
    };
    memory.objects.clear();
    const racing = store.add(feedback);
    expect((await racing).outcome).toBe('known');
    expect([...memory.objects.keys()].filter((key) => key.startsWith('photos/'))).toEqual([]);
  });

  it.each([
    ['torn', () => 'torn {'],
    [
      'of a photo elsewhere',
      (record: FeedbackRecord) =>
        JSON.stringify({ ...record, photo: { ...record.photo, key: '../x.jpg' } }),
    ],
    [
      'of another form',
      (record: FeedbackRecord) => JSON.stringify({ ...record, schemaVersion: 3 }),
    ],
  ])('refuses a record that is %s', async (_how, tamper) => {
    const memory = writableMemoryStore();
    const store = new FeedbackStore(memory);
    const { record } = await store.add(exampleFeedback());
    const name = nameOfId(record.id)!;
    memory.objects.set(recordKeyOf(name), Buffer.from(tamper(record)));
    await expect(store.find(name)).rejects.toThrow(FeedbackRecordError);
  });
});
