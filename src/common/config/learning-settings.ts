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

const driftFeature = z.enum([
  'predicted_age',
  'confidence',
  'brightness',
  'contrast',
  'photo_size',
]);

/** Settings of the watch over how photos change. */
export const driftSettings = {
  DRIFT_WINDOW_PHOTOS: z.coerce
    .number()
    .int()
    .max(1_000_000)
    .refine((photos) => photos === 0 || photos >= 50, 'give 0 or at least 50')
    .default(1000)
    .describe(
      'latest photos that are compared with those the model was validated on; 0 watches no drift',
    ),
  DRIFT_PSI_THRESHOLD: z.coerce
    .number()
    .positive()
    .default(0.25)
    .describe('population stability index above which a feature of the photos has drifted'),
  DRIFT_COOL_DOWN_SECONDS: z.coerce
    .number()
    .min(0)
    .default(86_400)
    .describe('least time between two drift alarms'),
  DRIFT_FEATURES: z
    .string()
    .default(driftFeature.options.join(','))
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(driftFeature))
    .describe('features whose drift raises the alarm; all are measured'),
};

/** Settings of retraining. */
export const retrainSettings = {
  RETRAIN_COMMAND: z
    .string()
    .min(1)
    .optional()
    .describe(
      "what the server and `schedule` run to retrain, instead of this installation's own `retrain`; words, no shell",
    ),
  RETRAIN_STATE_DIR: z
    .string()
    .min(1)
    .default('~/.cache/face-age/retrain')
    .describe('folder that remembers the last retraining and what the schedule has seen to'),
  RETRAIN_SCHEDULE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'cron expression by which this server retrains, such as `0 3 * * 1`; off without one',
    ),
  RETRAIN_TIME_ZONE: z
    .string()
    .min(1)
    .optional()
    .describe("time zone of the schedule, such as `Europe/Berlin`; the machine's without one"),
  RETRAIN_JITTER_SECONDS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe('a scheduled retraining starts up to this much later, at random'),
  RETRAIN_ON_DRIFT: z
    .stringbool()
    .default(false)
    .describe('retrain when the photos drift from those the model was trained on'),
  RETRAIN_COOL_DOWN_SECONDS: z.coerce
    .number()
    .min(0)
    .default(86_400)
    .describe('drift starts no retraining for so long after the end of the last one'),
  RETRAIN_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('told how each `retrain` ended, by a signed POST; needs `RETRAIN_WEBHOOK_SECRET`'),
  RETRAIN_WEBHOOK_SECRET: z
    .string()
    .regex(
      /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
      'give whsec_ and 24 to 64 bytes in base64: echo "whsec_$(openssl rand -base64 32)"',
    )
    .optional()
    .describe('signs what the webhook is told: `whsec_` and 24 to 64 bytes in base64'),
  RETRAIN_PUSH_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Prometheus Pushgateway that gets each `retrain`'s metrics"),
};

const positiveWhole = z.coerce.number().int().positive();
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
  GATE_MIN_PHOTOS: positiveWhole.default(100).describe('fewer photos decide nothing'),
  GATE_MIN_GROUP_PHOTOS: positiveWhole.default(50).describe('smaller groups are not looked at'),
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
