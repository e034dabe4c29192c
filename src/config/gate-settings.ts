import { z } from 'zod';

const positive = z.coerce.number().int().positive();
const notNegative = z.coerce.number().min(0);
const share = notNegative.max(1);

/** Settings of the gate. */
export const gateSettings = {
  GATE_SET: z
    .string()
    .min(1)
    .optional()
    .describe('labelled photos that challengers are judged on: a folder or `s3://bucket/prefix`'),
  GATE_SPLIT: z
    .string()
    .min(1)
    .default('val')
    .describe('the photos of `GATE_SET` to judge on, or `all`'),
  GATE_CONFIDENCE: share
    .min(0.5)
    .default(0.95)
    .describe('of the intervals that tell a difference from chance'),
  GATE_MIN_PHOTOS: positive.default(100).describe('fewer photos decide nothing'),
  GATE_MIN_GROUP_PHOTOS: positive.default(50).describe('smaller groups are not looked at'),
  GATE_TOLERANCE_MAE_YEARS: notNegative
    .default(0.05)
    .describe('largest loss against the champion: mean absolute error'),
  GATE_TOLERANCE_ACCURACY: share.default(0.01).describe('largest loss: share of right decades'),
  GATE_TOLERANCE_ECE: share.default(0.02).describe('largest loss: expected calibration error'),
  GATE_TOLERANCE_WORST_GROUP_YEARS: notNegative
    .default(0.5)
    .describe('largest loss: mean absolute error of the worst group'),
  GATE_TOLERANCE_FALSE_POSITIVES: share
    .default(0.02)
    .describe('largest loss: share of minors whose mean age is 18 or more'),
  GATE_TOLERANCE_LATENCY: notNegative
    .default(0.25)
    .describe("largest loss: median time for a photo, as a share of the champion's"),
  GATE_MAX_MAE_YEARS: notNegative
    .optional()
    .describe('bar whatever the champion does: highest mean absolute error'),
  GATE_MIN_ACCURACY: share.optional().describe('bar: lowest share of right decades'),
  GATE_MAX_ECE: share.optional().describe('bar: highest expected calibration error'),
  GATE_MAX_WORST_GROUP_YEARS: notNegative
    .optional()
    .describe('bar: highest mean absolute error of the worst group'),
  GATE_MAX_FALSE_POSITIVES: share
    .optional()
    .describe('bar: highest share of minors whose mean age is 18 or more'),
  GATE_MAX_LATENCY_MS: notNegative.optional().describe('bar: highest median time for a photo'),
};
