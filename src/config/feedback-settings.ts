import { z } from 'zod';

const positive = z.coerce.number().int().positive();

/** Settings of what is kept of photos whose true age is told. */
export const feedbackSettings = {
  FEEDBACK_STORE: z
    .string()
    .regex(/^(s3:\/\/[^/]|(?![a-z0-9+.-]+:\/\/))./i, 'give a folder or s3://bucket/prefix')
    .optional()
    .describe(
      'where photos sent with their true ages are kept: a folder or `s3://bucket/prefix`; feedback is off without it',
    ),
  FEEDBACK_ACCEPT: z
    .enum(['auto', 'review'])
    .default('review')
    .describe(
      '`review` has feedback trained on once somebody has accepted it, `auto` as soon as it comes',
    ),
  FEEDBACK_RETENTION_DAYS: z.coerce
    .number()
    .min(0)
    .max(36_500)
    .default(365)
    .describe('feedback is removed when it is this old; 0 keeps it until it is deleted'),
  FEEDBACK_MEMORY_SECONDS: positive
    .max(86_400)
    .default(600)
    .describe('how long an answered photo is remembered, so that feedback can name its prediction'),
  FEEDBACK_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(64_000_000)
    .describe('memory for such photos, in bytes; the oldest make room. 0 remembers none'),
  FEEDBACK_PER_MINUTE: positive
    .default(60)
    .describe('most feedback that one server takes in any minute'),
  FEEDBACK_MAX_PHOTOS: positive.default(10_000).describe('most photos in the feedback store'),
  FEEDBACK_MAX_BYTES: positive
    .default(5_000_000_000)
    .describe('most bytes of photos in the feedback store'),
};
