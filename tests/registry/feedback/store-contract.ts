import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameOfId } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import type { WritableStore } from '../../../src/registry/store/object-store.ts';
import { exampleAnswer, exampleFace, exampleFeedback, facePhoto } from '../../support/feedback.ts';
import { gather } from '../../support/gather.ts';

const submitter = Buffer.from('the hash of an API key');
const byKey = (overrides: Parameters<typeof exampleFeedback>[0] = {}) =>
  exampleFeedback({ submitter, ...overrides });

/** A location for feedback that several stores can open. */
export interface TestPlace {
  open(): WritableStore;
  remove(): Promise<void>;
}

/** The contract of feedback in every kind of store. */
export function describeFeedbackStore(kind: string, create: () => Promise<TestPlace>): void {
  let place: TestPlace;
  let store: FeedbackStore;
  const keys = async () => (await gather(place.open().list())).map(({ key }) => key).toSorted();

  describe(`feedback in ${kind}`, () => {
    beforeEach(async () => {
      place = await create();
      store = new FeedbackStore(place.open());
    });
    afterEach(() => place.remove());

    it('stores a photo with its record', async () => {
      const bytes = facePhoto(1);
      const { outcome, record } = await store.add(exampleFeedback({ bytes, source: 'app' }));
      expect(outcome).toBe('stored');
      expect(record).toMatchObject({
        state: 'pending',
        age: 30,
        source: 'app',
        createdAt: '2026-03-10T12:00:00.000Z',
        requestId: 'request-1',
        origin: { kind: 'upload' },
        answer: exampleAnswer,
        errorYears: 3.25,
        decisions: [],
      });
      expect(await store.findById(record.id)).toEqual(record);
      expect(bytes.equals(await store.readPhoto(record))).toBe(true);
      expect(await keys()).toEqual([record.photo.key, `records/${nameOfId(record.id)!}.json`]);
      expect(record.photo.key).toMatch(/^photos\/2026-03-10\/[0-9a-f]{32}-[0-9a-f]{16}\.jpg$/);
    });

    it('stores the same photo of a submitter once, and keeps its first age', async () => {
      const first = await store.add(byKey());
      expect(await store.add(byKey({ requestId: 'request-2' }))).toEqual({
        outcome: 'known',
        record: first.record,
      });
      const other = await store.add(byKey({ age: 31 }));
      expect(other.outcome).toBe('conflict');
      expect((await store.findById(first.record.id))?.age).toBe(30);
      expect(await keys()).toHaveLength(2);
    });

    it('stores each face of a photo once, although its box varies', async () => {
      const faceAt = (x: number, age: number) =>
        byKey({ age, face: exampleFace({ x, y: 8, width: 16, height: 16 }) });
      const left = await store.add(faceAt(2, 30));
      const right = await store.add(faceAt(28, 40));
      expect([left.outcome, right.outcome]).toEqual(['stored', 'stored']);
      expect(await store.add(faceAt(4, 30))).toMatchObject({
        outcome: 'known',
        record: { id: left.record.id },
      });
      expect((await store.add(faceAt(27, 41))).outcome).toBe('conflict');
      await store.remove({ name: nameOfId(left.record.id)!, key: left.record.photo.key });
      expect((await store.add(faceAt(28, 40))).outcome).toBe('known');
      expect((await store.add(faceAt(3, 31))).outcome).toBe('stored');
      expect(await keys()).toHaveLength(4);
    });

    it('stores a range of ages, and takes another range for another age', async () => {
      const range = { minAge: 18, maxAge: 24 };
      const { record } = await store.add(byKey(range));
      expect(record).toMatchObject({ ...range, errorYears: 9.25 });
      expect(record).not.toHaveProperty('age');
      expect((await store.add(byKey(range))).outcome).toBe('known');
      expect((await store.add(byKey({ ...range, maxAge: 25 }))).outcome).toBe('conflict');
    });

    it('stores the same photo of other and of anonymous submitters apart', async () => {
      const submitters = [submitter, Buffer.from('another'), undefined, undefined];
      const kept = [];
      for (const each of submitters) kept.push(await store.add(byKey({ submitter: each })));
      expect(kept.map(({ outcome }) => outcome)).toEqual(Array(4).fill('stored'));
      expect(new Set(kept.map(({ record }) => nameOfId(record.id))).size).toBe(4);
      expect(await keys()).toHaveLength(8);
    });

    it('stores a photo once if several servers submit it at the same time', async () => {
      const servers = Array.from({ length: 6 }, () => new FeedbackStore(place.open()));
      const kept = await Promise.all(servers.map((server) => server.add(byKey())));
      expect(kept.map(({ outcome }) => outcome).toSorted()).toEqual([
        ...Array<string>(5).fill('known'),
        'stored',
      ]);
      expect(new Set(kept.map(({ record }) => record.id)).size).toBe(1);
      expect(await keys()).toHaveLength(2);
    });

    it('accepts one of two ages submitted at the same time, and reports the conflict to the other', async () => {
      const servers = [30, 31].map((age) => new FeedbackStore(place.open()).add(byKey({ age })));
      const outcomes = (await Promise.all(servers)).map(({ outcome }) => outcome);
      expect(outcomes.toSorted()).toEqual(['conflict', 'stored']);
    });

    it('finds nothing by an id with another secret', async () => {
      const { record } = await store.add(exampleFeedback());
      const name = nameOfId(record.id)!;
      for (const id of [`${name}-${'0'.repeat(32)}`, name, '', '../../etc/passwd', `${record.id}0`])
        expect(await store.findById(id)).toBeUndefined();
    });

    it('records who decided, and changes nothing if the state is already right', async () => {
      const { record } = await store.add(exampleFeedback());
      const name = nameOfId(record.id)!;
      const by = { by: 'me', at: new Date('2026-03-11T08:00:00Z') };
      await store.decide(name, 'accepted', by);
      await store.decide(name, 'accepted', { ...by, by: 'another' });
      expect(await store.findById(record.id)).toEqual({
        ...record,
        state: 'accepted',
        decisions: [{ state: 'accepted', at: '2026-03-11T08:00:00.000Z', by: 'me' }],
      });
      expect(await store.decide('0'.repeat(32), 'accepted', by)).toBeUndefined();
    });

    it('keeps all decisions made at the same time', async () => {
      const { record } = await store.add(exampleFeedback());
      const name = nameOfId(record.id)!;
      const at = new Date('2026-03-11T08:00:00Z');
      await Promise.all(
        (['accepted', 'rejected'] as const).map((state) =>
          new FeedbackStore(place.open()).decide(name, state, { by: state, at }),
        ),
      );
      const { decisions, state } = (await store.find(name))!;
      expect(decisions.map(({ by }) => by).toSorted()).toEqual(['accepted', 'rejected']);
      expect(state).toBe(decisions.at(-1)!.state);
    });

    it('removes a photo completely, and accepts it again under another id', async () => {
      const { record } = await store.add(exampleFeedback());
      const removal = { name: nameOfId(record.id)!, key: record.photo.key };
      await store.remove(removal);
      await store.remove(removal);
      expect(await keys()).toEqual([]);
      expect(await store.findById(record.id)).toBeUndefined();
      const again = await store.add(exampleFeedback({ age: 31 }));
      expect(again.outcome).toBe('stored');
      expect(again.record.id).not.toBe(record.id);
      expect(await store.findById(record.id)).toBeUndefined();
    });
  });
}
