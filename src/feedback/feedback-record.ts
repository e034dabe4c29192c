import { z } from 'zod';
import { nameOfId, parsePhotoKey } from './feedback-keys.ts';

const SCHEMA_VERSION = 1;

/** Nobody's true age is outside; records, requests and commands take whole years. */
export const MAX_FEEDBACK_AGE = 120;

export const feedbackStates = ['pending', 'accepted', 'rejected'] as const;
export type FeedbackState = (typeof feedbackStates)[number];

const years = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a model said of a photo. */
export const feedbackAnswerSchema = z.strictObject({
  model: z.strictObject({ name: z.string(), version: z.int().positive() }),
  age: z.strictObject({
    mean: years,
    median: years,
    interval: z.strictObject({ level: z.number(), low: years, high: years }),
  }),
});

const originSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('upload') }),
  z.strictObject({ kind: z.literal('prediction'), predictionId: z.string() }),
]);

/**
 * `records/<name>.json`: all that is known of one photo whose true age somebody told. It is the only thing that changes,
 * each time as a whole, so that a photo's state is never half one and half another.
 */
export const feedbackRecordSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** Who knows it may remove the record. */
  id: z.string().refine((id) => nameOfId(id) !== undefined, 'is no id of feedback'),
  /** Only what is accepted is trained on. */
  state: z.enum(feedbackStates),
  /** As told, whole years. */
  age: z.int().min(0).max(MAX_FEEDBACK_AGE),
  photo: z.strictObject({
    /** Of its file in the store; removing the record removes it, so it can be nothing else. */
    key: z.string().refine((key) => parsePhotoKey(key) !== undefined, 'is no key of a photo'),
    sha256,
    bytes: z.int().min(0),
  }),
  createdAt: z.iso.datetime(),
  /** Of the request that told the age. */
  requestId: z.string(),
  origin: originSchema,
  /** The sender's own word for where it comes from. */
  source: z.string().nullable(),
  answer: feedbackAnswerSchema,
  /** Answered mean age − true age, years. */
  errorYears: z.number(),
  /** Each change of state after the first, oldest first. */
  decisions: z.array(
    z.strictObject({ state: z.enum(feedbackStates), at: z.iso.datetime(), by: z.string() }),
  ),
});

export type FeedbackRecord = z.infer<typeof feedbackRecordSchema>;
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>;
export type FeedbackOrigin = FeedbackRecord['origin'];

/** A record that cannot be used; the message says why. */
export class FeedbackRecordError extends Error {
  override readonly name = 'FeedbackRecordError';
}

/** What is new about a record; everything else is the same for all. */
export type NewFeedback = Omit<FeedbackRecord, 'schemaVersion' | 'errorYears' | 'decisions'>;

export function newFeedbackRecord(facts: NewFeedback): FeedbackRecord {
  const errorYears = Math.round((facts.answer.age.mean - facts.age) * 100) / 100;
  return { schemaVersion: SCHEMA_VERSION, ...facts, errorYears, decisions: [] };
}

export function formatFeedbackRecord(record: FeedbackRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/**
 * @param key of the record, for the message
 * @throws FeedbackRecordError where it is no record that this build can read
 */
export function parseFeedbackRecord(bytes: Buffer, key: string): FeedbackRecord {
  const parsed = feedbackRecordSchema.safeParse(parseJson(bytes, key));
  if (parsed.success) return parsed.data;
  throw new FeedbackRecordError(`${key} is not valid:\n${z.prettifyError(parsed.error)}`);
}

function parseJson(bytes: Buffer, key: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new FeedbackRecordError(`${key} is not JSON`, { cause: error });
  }
}
