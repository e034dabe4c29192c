import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ImageFormat } from '../../inference/preprocess/image-format.ts';

/** Hexadecimal digits of a photo's SHA-256 in names: 128 bits, in which no two photos meet. */
const NAME_DIGITS = 32;
const SECRET_BYTES = 16;

export const RECORDS = 'records/';
export const PHOTOS = 'photos/';

const RECORD_KEY = /^records\/([0-9a-f]{32})\.json$/;
const PHOTO_KEY = /^photos\/(\d{4}-\d{2}-\d{2})\/([0-9a-f]{32})-[0-9a-f]{16}\.[a-z]+$/;
const ID = /^([0-9a-f]{32})-[0-9a-f]{32}$/;

/** The name of a photo's record: by its content, so that one photo has one record whoever writes it. */
export function nameOfContent(sha256: string): string {
  return sha256.slice(0, NAME_DIGITS);
}

/** The record's name and a secret, so that it is found by its id and by nobody who has only the photo. */
export function newFeedbackId(name: string): string {
  return `${name}-${randomBytes(SECRET_BYTES).toString('hex')}`;
}

/** The record that an id is of; undefined where it is no id. */
export function nameOfId(id: string): string | undefined {
  return ID.exec(id)?.[1];
}

export function recordKeyOf(name: string): string {
  return `${RECORDS}${name}.json`;
}

/** The name in a record's key; undefined where it is another key. */
export function nameOfRecordKey(key: string): string | undefined {
  return RECORD_KEY.exec(key)?.[1];
}

export function isRecordKey(key: string): boolean {
  return RECORD_KEY.test(key);
}

/** A photo's file as its key tells of it. */
export interface PhotoKey {
  key: string;
  /** When it was written, UTC: `2026-01-31`. */
  day: string;
  /** Of its record. */
  name: string;
}

const extensions: Record<ImageFormat, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tiff',
  avif: 'avif',
};

/**
 * A key that no other photo has, not even the same photo told of at the same time: whoever wrote a file may remove it
 * without asking whose it is.
 */
export function newPhotoKey(name: string, format: ImageFormat, at: Date): string {
  const day = at.toISOString().slice(0, 10);
  return `${PHOTOS}${day}/${name}-${randomBytes(8).toString('hex')}.${extensions[format]}`;
}

/** Undefined where it is no photo's key. */
export function parsePhotoKey(key: string): PhotoKey | undefined {
  const [, day, name] = PHOTO_KEY.exec(key) ?? [];
  return day === undefined || name === undefined ? undefined : { key, day, name };
}

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
