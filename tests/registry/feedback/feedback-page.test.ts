import { beforeEach, describe, expect, it } from 'vitest';
import { nameOfId, recordKeyOf } from '../../../src/registry/feedback/feedback-keys.ts';
import { readPage } from '../../../src/registry/feedback/feedback-page.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { exampleFeedback, facePhoto } from '../../support/feedback.ts';
import {
  writableMemoryStore,
  type WritableMemoryStore,
} from '../../support/fakes/writable-memory-store.ts';

let memory: WritableMemoryStore;
let store: FeedbackStore;
/** The ids of forty records by day of arrival; every fourth is accepted. */
let ids: string[];
beforeEach(async () => {
  memory = writableMemoryStore();
  store = new FeedbackStore(memory);
  ids = [];
  for (let seed = 0; seed < 40; seed++) {
    const day = String(1 + (seed >> 1)).padStart(2, '0');
    const { record } = await store.add(
      exampleFeedback({
        bytes: facePhoto(seed),
        at: new Date(`2026-03-${day}T00:00:00Z`),
        state: seed % 4 === 0 ? 'accepted' : 'pending',
      }),
    );
    ids.push(record.id);
  }
});

async function pages(limit: number, state?: 'accepted'): Promise<string[][]> {
  const all: string[][] = [];
  let after: string | undefined;
  do {
    const { records, next } = await readPage(store, { limit, after, state });
    all.push(records.map(({ id }) => id));
    after = next;
  } while (after !== undefined);
  return all;
}

describe('readPage', () => {
  it('returns every record once, oldest day first, on pages of the requested size', async () => {
    const all = await pages(7);
    expect(all.map((page) => page.length)).toEqual([7, 7, 7, 7, 7, 5]);
    expect(all.flat().toSorted()).toEqual(ids.toSorted());
    expect(new Set(all.flat().slice(0, 2))).toEqual(new Set(ids.slice(0, 2)));
  });

  it('ends with a page that is exactly full', async () => {
    expect((await pages(20)).map((page) => page.length)).toEqual([20, 20]);
  });

  it('returns the records in one state', async () => {
    const accepted = ids.filter((_id, seed) => seed % 4 === 0);
    expect((await pages(3, 'accepted')).flat()).toEqual(accepted);
  });

  it('continues after an earlier record, or the last one, was removed meanwhile', async () => {
    const { records, next } = await readPage(store, { limit: 5 });
    for (const { id, photo } of records)
      await store.remove({ name: nameOfId(id)!, key: photo.key });
    const rest = await readPage(store, { limit: 100, after: next });
    expect(rest.records).toHaveLength(35);
  });

  it('skips damaged records', async () => {
    memory.objects.set(recordKeyOf(nameOfId(ids[3]!)!), Buffer.from('{'));
    expect((await pages(100)).flat()).toHaveLength(39);
  });
});
