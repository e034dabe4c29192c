import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ImageFormat } from '../../inference/preprocess/image-format.ts';

/** Number of hexadecimal digits of a record's name: 128 bits, which rules out collisions. */
const NAME_DIGITS = 32;
const SECRET_BYTES = 16;

export const RECORDS = 'records/';
export const PHOTOS = 'photos/';

const RECORD_KEY = /^records\/([0-9a-f]{32})\.json$/;
const PHOTO_KEY = /^photos\/(\d{4}-\d{2}-\d{2})\/([0-9a-f]{32})-[0-9a-f]{16}\.[a-z]+$/;
const ID = /^([0-9a-f]{32})-[0-9a-f]{32}$/;

/**
 * The name of a record. One submitter has one record of a photo. Submitters that cannot be distinguished get a new record
 * each time. Nobody else can compute the name from the photo, so neither an answer nor its duration reveals who has
 * submitted what. (Up to 0.1 the name was the start of the photo's hash.)
 * @param sha256 of the photo
 * @param submitter a secret that identifies the submitter; undefined for an anonymous one
 */
export function recordNameOf(sha256: string, submitter: Uint8Array | undefined): string {
  const secret = submitter ?? randomBytes(SECRET_BYTES);
  return createHmac('sha256', secret).update(sha256).digest('hex').slice(0, NAME_DIGITS);
}

/** Creates an id of the record's name and a secret, so that nobody who has only the name can guess it. */
export function newFeedbackId(name: string): string {
  return `${name}-${randomBytes(SECRET_BYTES).toString('hex')}`;
}

/** The record's name in an id; undefined if the text is not an id. */
export function nameOfId(id: string): string | undefined {
  return ID.exec(id)?.[1];
}

export function recordKeyOf(name: string): string {
  return `${RECORDS}${name}.json`;
}

/** The name in a record's key; undefined for any other key. */
export function nameOfRecordKey(key: string): string | undefined {
  return RECORD_KEY.exec(key)?.[1];
}

export function isRecordKey(key: string): boolean {
  return RECORD_KEY.test(key);
}

/** The parts of the key of a photo's file. */
export interface PhotoKey {
  key: string;
  /** The day on which it was written (UTC), such as `2026-01-31`. */
  day: string;
  /** The name of its record. */
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
 * Creates a unique key, even if the same photo is submitted twice at the same time, so that each writer can safely remove
 * its own file.
 */
export function newPhotoKey(name: string, format: ImageFormat, at: Date): string {
  const day = at.toISOString().slice(0, 10);
  return `${PHOTOS}${day}/${name}-${randomBytes(8).toString('hex')}.${extensions[format]}`;
}

/** Parses a photo's key; undefined for any other key. */
export function parsePhotoKey(key: string): PhotoKey | undefined {
  const [, day, name] = PHOTO_KEY.exec(key) ?? [];
  return day === undefined || name === undefined ? undefined : { key, day, name };
}

const SCHEMA_VERSION = 1;

/** The highest accepted true age; records, requests and commands use whole years. */
export const MAX_FEEDBACK_AGE = 120;

export const feedbackStates = ['pending', 'accepted', 'rejected'] as const;
export type FeedbackState = (typeof feedbackStates)[number];

const years = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A model's answer for a photo. */
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
 * `records/<name>.json`: everything about one submission, a photo with its true age. It is the only mutable object and is
 * always replaced as a whole, so that a photo's state is consistent.
 */
export const feedbackRecordSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  /** Anyone who knows the id may remove the record. */
  id: z.string().refine((id) => nameOfId(id) !== undefined, 'is not a feedback id'),
  /** Only accepted records are used in training. */
  state: z.enum(feedbackStates),
  /** The submitted true age in whole years. */
  age: z.int().min(0).max(MAX_FEEDBACK_AGE),
  photo: z.strictObject({
    /** The key of its file in the store. Removing the record deletes this key, so it must be a photo's key. */
    key: z.string().refine((key) => parsePhotoKey(key) !== undefined, 'is not the key of a photo'),
    sha256,
    bytes: z.int().min(0),
  }),
  createdAt: z.iso.datetime(),
  /** The id of the request that submitted the age. */
  requestId: z.string(),
  origin: originSchema,
  /** The source as the sender named it. */
  source: z.string().nullable(),
  answer: feedbackAnswerSchema,
  /** Predicted mean age − true age, in years. */
  errorYears: z.number(),
  /** Every later change of state, oldest first. */
  decisions: z.array(
    z.strictObject({ state: z.enum(feedbackStates), at: z.iso.datetime(), by: z.string() }),
  ),
});

export type FeedbackRecord = z.infer<typeof feedbackRecordSchema>;
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>;
export type FeedbackOrigin = FeedbackRecord['origin'];

/** A record is not valid; the message says why. */
export class FeedbackRecordError extends Error {
  override readonly name = 'FeedbackRecordError';
}

/** The fields of a new record; the others are the same for all new records. */
export type NewFeedback = Omit<FeedbackRecord, 'schemaVersion' | 'errorYears' | 'decisions'>;

export function newFeedbackRecord(facts: NewFeedback): FeedbackRecord {
  const errorYears = Math.round((facts.answer.age.mean - facts.age) * 100) / 100;
  return { schemaVersion: SCHEMA_VERSION, ...facts, errorYears, decisions: [] };
}

export function formatFeedbackRecord(record: FeedbackRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Parses and validates a record.
 * @param key of the record, for the error message
 * @throws FeedbackRecordError if it is not a record that this build can read
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
