import { createHash } from 'node:crypto';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { landmarkNames } from '../../src/inference/faces/anchors.ts';
import type { StoredFace } from '../../src/registry/feedback/feedback-face.ts';
import {
  newFeedbackRecord,
  type FeedbackAnswer,
  type FeedbackRecord1,
  type FeedbackRecord2,
  type FeedbackState,
} from '../../src/registry/feedback/feedback-record.ts';
import { recordKeyOf } from '../../src/registry/feedback/feedback-keys.ts';
import type { FeedbackToKeep, PhotoToKeep } from '../../src/registry/feedback/feedback-store.ts';

export const exampleAnswer: FeedbackAnswer = {
  model: { name: 'face-age', version: 3 },
  age: { mean: 33.25, median: 33.1, interval: { level: 0.8, low: 27, high: 40 } },
};

/** A small drawn face; the same seed gives the same bytes. */
export const facePhoto = (seed: number, age = 30): Buffer => drawFaceJpeg({ age, seed, size: 48 });

/** A photo as the service stores it: the whole of what was sent. */
export function examplePhoto(jpeg: Buffer = facePhoto(1)): PhotoToKeep {
  const sha256 = createHash('sha256').update(jpeg).digest('hex');
  return { jpeg, sha256, width: 48, height: 48, region: { x: 0, y: 0, width: 48, height: 48 } };
}

/** A face with this box, whose landmarks are all in its middle. */
export function exampleFace(box: StoredFace['box']): StoredFace {
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const landmarks = Object.fromEntries(landmarkNames.map((name) => [name, middle]));
  return { box, landmarks: landmarks as StoredFace['landmarks'] };
}

interface ExampleOverrides extends Partial<FeedbackToKeep> {
  bytes?: Buffer;
  /** Known exactly. */
  age?: number;
}

/** Feedback as the service stores it. */
export function exampleFeedback({
  bytes,
  age = 30,
  ...overrides
}: ExampleOverrides = {}): FeedbackToKeep {
  return {
    photo: examplePhoto(bytes),
    face: null,
    keyName: null,
    minAge: age,
    maxAge: age,
    source: null,
    state: 'pending',
    requestId: 'request-1',
    origin: { kind: 'upload' },
    answer: exampleAnswer,
    at: new Date('2026-03-10T12:00:00Z'),
    ...overrides,
  };
}

interface ExampleRecord {
  state: FeedbackState;
  age?: number;
  maxAge?: number;
  name?: string;
}

/** A record and its key in the store. */
export function exampleRecord({
  state,
  age = 30,
  maxAge = age,
  name = 'a'.repeat(32),
}: ExampleRecord): { key: string; record: FeedbackRecord2 } {
  const { source, requestId, origin, answer, face, keyName } = exampleFeedback();
  const { width, height, region } = examplePhoto();
  const key = `photos/2026-03-10/${name}-${'0'.repeat(16)}.jpg`;
  const record = newFeedbackRecord({
    ...{ source, requestId, origin, answer, state, face, keyName, minAge: age, maxAge },
    id: `${name}-${'f'.repeat(32)}`,
    photo: { key, sha256: name.repeat(2), bytes: 7, width, height, region },
    createdAt: '2026-03-10T12:00:00.000Z',
  });
  return { key: recordKeyOf(name), record };
}

/** A record as 0.1 wrote it. */
export function exampleRecord1(options: ExampleRecord): { key: string; record: FeedbackRecord1 } {
  const { key, record } = exampleRecord(options);
  const { id, state, createdAt, requestId, origin, source, answer, minAge } = record;
  const { errorYears, decisions, photo } = record;
  const facts = { id, state, createdAt, requestId, origin, source, answer, errorYears, decisions };
  const stored = { key: photo.key, sha256: photo.sha256, bytes: photo.bytes };
  return { key, record: { schemaVersion: 1, ...facts, age: minAge, photo: stored } };
}
