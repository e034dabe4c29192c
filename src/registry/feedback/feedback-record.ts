import { z } from 'zod';
import { nameOfId, parsePhotoKey } from './feedback-keys.ts';
import {
  storedBoxSchema,
  storedFaceSchema,
  type FeedbackSubject,
  type StoredFace,
} from './feedback-face.ts';

/** The highest accepted true age; records, requests and commands use whole years. */
export const MAX_FEEDBACK_AGE = 120;

export const feedbackStates = ['pending', 'accepted', 'rejected'] as const;
export type FeedbackState = (typeof feedbackStates)[number];

const years = z.number().min(0);
const wholeYears = z.int().min(0).max(MAX_FEEDBACK_AGE);

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

const photoSchema = z.strictObject({
  /** The key of its file in the store. Removing the record deletes this key, so it must be a photo's key. */
  key: z.string().refine((key) => parsePhotoKey(key) !== undefined, 'is not the key of a photo'),
  /** Of the photo as it was sent. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the stored file. */
  bytes: z.int().min(0),
});

const pixelCount = z.int().positive();

/** What the records of all schemas have. */
const commonFields = {
  /** Anyone who knows the id may remove the record. */
  id: z.string().refine((id) => nameOfId(id) !== undefined, 'is not a feedback id'),
  /** Only accepted records are used in training. */
  state: z.enum(feedbackStates),
  createdAt: z.iso.datetime(),
  /** The id of the request that submitted the age. */
  requestId: z.string(),
  origin: originSchema,
  /** The source as the sender named it. */
  source: z.string().nullable(),
  answer: feedbackAnswerSchema,
  /** Predicted mean age − true age, in years; 0 within a range of ages, else the distance from it. */
  errorYears: z.number(),
  /** Every later change of state, oldest first. */
  decisions: z.array(
    z.strictObject({ state: z.enum(feedbackStates), at: z.iso.datetime(), by: z.string() }),
  ),
};

/** Written up to 0.1: an exact age, and the photo as it was sent. */
export const feedbackRecord1Schema = z.strictObject({
  schemaVersion: z.literal(1),
  ...commonFields,
  age: wholeYears,
  photo: photoSchema,
});

/** A re-encoded photo, of which at most the surroundings of one face are stored, and the true age or its range. */
export const feedbackRecord2Schema = z.strictObject({
  schemaVersion: z.literal(2),
  ...commonFields,
  /** The true age in whole years; absent where only a range is known. */
  age: wholeYears.optional(),
  /** The true age lies in this range, both ends included; they are equal where it is known exactly. */
  minAge: wholeYears,
  maxAge: wholeYears,
  photo: photoSchema.extend({
    /** Of the stored picture, in pixels. */
    width: pixelCount,
    height: pixelCount,
    /** The part of the photo as sent that is stored, in pixels of that photo as displayed. */
    region: storedBoxSchema,
  }),
  /** In pixels of the stored picture; null where the whole picture was taken for the framed face. */
  face: storedFaceSchema.nullable(),
  /** The name of the API key that submitted it; null without keys. */
  keyName: z.string().nullable(),
});

/**
 * `records/<name>.json`: everything about one submission, a photo with its true age. It is the only mutable object and is
 * always replaced as a whole, so that a photo's state is consistent.
 */
export const feedbackRecordSchema = z
  .discriminatedUnion('schemaVersion', [feedbackRecord1Schema, feedbackRecord2Schema])
  .refine(hasConsistentAges, 'its ages contradict each other');

export type FeedbackRecord = z.infer<typeof feedbackRecordSchema>;
export type FeedbackRecord1 = z.infer<typeof feedbackRecord1Schema>;
export type FeedbackRecord2 = z.infer<typeof feedbackRecord2Schema>;
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>;
export type FeedbackOrigin = FeedbackRecord['origin'];

/** The range of a true age in whole years, both ends included. */
export interface AgeRange {
  minAge: number;
  maxAge: number;
}

/** The age of a record of any schema as a range. */
export function ageRangeOf(record: FeedbackRecord): AgeRange {
  if (record.schemaVersion === 1) return { minAge: record.age, maxAge: record.age };
  return { minAge: record.minAge, maxAge: record.maxAge };
}

function hasConsistentAges(
  record: z.infer<typeof feedbackRecord1Schema> | z.infer<typeof feedbackRecord2Schema>,
): boolean {
  if (record.schemaVersion === 1) return true;
  const { age, minAge, maxAge } = record;
  return minAge <= maxAge && age === (minAge === maxAge ? minAge : undefined);
}

/** What a record is about, in pixels of the photo as sent. */
export function subjectOf({
  photo: { region, ...stored },
  face,
}: {
  photo: Pick<FeedbackRecord2['photo'], 'width' | 'height' | 'region'>;
  face: StoredFace | null;
}): FeedbackSubject {
  if (face === null) return { region, face: undefined };
  const { x, y, width, height } = face.box;
  const [perX, perY] = [region.width / stored.width, region.height / stored.height];
  const corner = { x: region.x + x * perX, y: region.y + y * perY };
  return { region, face: { ...corner, width: width * perX, height: height * perY } };
}

/** A record is not valid; the message says why. */
export class FeedbackRecordError extends Error {
  override readonly name = 'FeedbackRecordError';
}

/** The fields of a new record; the others follow from these. */
export type NewFeedback = Omit<
  FeedbackRecord2,
  'schemaVersion' | 'age' | 'errorYears' | 'decisions'
>;

export function newFeedbackRecord(facts: NewFeedback): FeedbackRecord2 {
  const { minAge, maxAge, answer } = facts;
  const errorYears = Math.round(distanceFrom({ minAge, maxAge }, answer.age.mean) * 100) / 100;
  const age = minAge === maxAge ? { age: minAge } : {};
  return { schemaVersion: 2, ...facts, ...age, errorYears, decisions: [] };
}

function distanceFrom({ minAge, maxAge }: AgeRange, age: number): number {
  if (age < minAge) return age - minAge;
  return age > maxAge ? age - maxAge : 0;
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
