import { z } from 'zod';

/** Settings of retraining beside the server. */
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
};
