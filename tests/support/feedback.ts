import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import {
  recordKeyOf,
  newFeedbackRecord,
  type FeedbackAnswer,
  type FeedbackRecord,
  type FeedbackState,
} from '../../src/registry/feedback/feedback-record.ts';
import type { FeedbackToKeep } from '../../src/registry/feedback/feedback-store.ts';

export const exampleAnswer: FeedbackAnswer = {
  model: { name: 'face-age', version: 3 },
  age: { mean: 33.25, median: 33.1, interval: { level: 0.8, low: 27, high: 40 } },
};

/** A small drawn face; the same seed gives the same bytes. */
export const facePhoto = (seed: number, age = 30): Buffer => drawFaceJpeg({ age, seed, size: 48 });

/** Feedback as the service stores it. */
export function exampleFeedback(overrides: Partial<FeedbackToKeep> = {}): FeedbackToKeep {
  return {
    bytes: facePhoto(1),
    age: 30,
    source: null,
    state: 'pending',
    requestId: 'request-1',
    origin: { kind: 'upload' },
    answer: exampleAnswer,
    at: new Date('2026-03-10T12:00:00Z'),
    ...overrides,
  };
}

/** A record and its key in the store. */
export function exampleRecord({
  state,
  age = 30,
  name = 'a'.repeat(32),
}: {
  state: FeedbackState;
  age?: number;
  name?: string;
}): { key: string; record: FeedbackRecord } {
  const { source, requestId, origin, answer } = exampleFeedback();
  const key = `photos/2026-03-10/${name}-${'0'.repeat(16)}.jpg`;
  const record = newFeedbackRecord({
    ...{ source, requestId, origin, answer, state, age },
    id: `${name}-${'f'.repeat(32)}`,
    photo: { key, sha256: name.repeat(2), bytes: 7 },
    createdAt: '2026-03-10T12:00:00.000Z',
  });
  return { key: recordKeyOf(name), record };
}
