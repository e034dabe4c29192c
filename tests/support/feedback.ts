import type { FeedbackToKeep } from '../../src/feedback/feedback-store.ts';
import type { FeedbackAnswer } from '../../src/feedback/feedback-record.ts';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';

export const exampleAnswer: FeedbackAnswer = {
  model: { name: 'face-age', version: 3 },
  age: { mean: 33.25, median: 33.1, interval: { level: 0.8, low: 27, high: 40 } },
};

/** A small drawn face; the same seed gives the same bytes. */
export const facePhoto = (seed: number, age = 30): Buffer => drawFaceJpeg({ age, seed, size: 48 });

/** Feedback as the service has it kept. */
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
