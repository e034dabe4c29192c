import { createHash } from 'node:crypto';
import request from 'supertest';
import { afterEach, beforeEach } from 'vitest';
import { feedbackAnswerSchema } from '../../src/serving/http/routes/feedback-routes.ts';
import { predictAnswerSchema, type Prediction } from '../../src/serving/predict/answer.ts';
import { answerTo, type HttpAnswer } from './answer-to.ts';
import { grayJpeg, levelOfAge } from './gray-photo.ts';
import { ManualClock } from './fakes/manual-clock.ts';
import { createTestService, type TestService } from './test-service.ts';
import { writableMemoryStore, type WritableMemoryStore } from './fakes/writable-memory-store.ts';

const ADMIN_TOKEN = 'a-token-of-16-or-more';
export const settings = {
  FEEDBACK_MEMORY_SECONDS: 60,
  FEEDBACK_PER_MINUTE: 20,
  FEEDBACK_MAX_PHOTOS: 3,
};

// Created for each test by `useFeedbackService`.
export let memory: WritableMemoryStore;
export let clock: ManualClock;
export let service: TestService;
/** The fake engine estimates it as 25 years old. */
export let photo: Buffer;

/** Gives each test of a file a service with feedback on. */
export function useFeedbackService(): void {
  beforeEach(async () => {
    memory = writableMemoryStore();
    clock = new ManualClock();
    photo = await grayJpeg(levelOfAge(25));
    await open();
  });
  afterEach(() => service.close());
}

/** Starts a service on the existing store; the previous one must be closed. */
export async function open(more: object = {}): Promise<void> {
  service = await createTestService({
    adminToken: ADMIN_TOKEN,
    feedback: { store: memory },
    settings: { ...settings, ...more },
    clock,
  });
}

const apiKeys = ['one', 'two'].map((key) => ({
  name: `client ${key}`,
  digest: createHash('sha256').update(key).digest(),
}));

/** Replaces the service by one that requires one of the API keys `one` and `two`; the store stays. */
export async function requireKeys(more: object = {}): Promise<void> {
  await service.close();
  service = await createTestService({
    adminToken: ADMIN_TOKEN,
    feedback: { store: memory },
    settings: { ...settings, FEEDBACK_MAX_PHOTOS: 1000, ...more },
    protection: { apiKeys },
    clock,
  });
}

/** Sends a request with one of these keys. */
export const as = (key: string, sent: request.Test) => sent.set('X-API-Key', key);

/** Starts a service without feedback. */
export async function openWithoutFeedback(): Promise<void> {
  service = await createTestService({ adminToken: ADMIN_TOKEN });
}

export const postForm = (age: string | number, bytes = photo) =>
  request(service.app)
    .post('/v1/feedback')
    .field('age', String(age))
    .attach('image', bytes, 'private name.jpg');
export const postJson = (body: object) => request(service.app).post('/v1/feedback').send(body);
export const remove = (id: string) => request(service.app).delete(`/v1/feedback/${id}`);
export const list = (query = '') =>
  request(service.app).get(`/v1/feedback${query}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`);
export const text = ({ body }: HttpAnswer) => feedbackAnswerSchema.parse(body);
export const kept = async (age = 30, bytes = photo) =>
  text(await answerTo(postForm(age, bytes).expect(201)));

/** The id of the prediction. */
export async function predict(bytes = photo, query = ''): Promise<string> {
  const { body } = await answerTo(
    request(service.app).post(`/v1/predict${query}`).attach('image', bytes, 'a.jpg').expect(200),
  );
  return (predictAnswerSchema.parse(body).predictions[0] as Prediction).id;
}

/** The number of feedback submissions by result. */
export async function results(): Promise<Record<string, number>> {
  const { values } = await service.metrics.feedback.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.result), value]));
}
