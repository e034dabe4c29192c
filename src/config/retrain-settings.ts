import { z } from 'zod';

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
