import { z } from 'zod';
import { LOCATION, location } from './location.ts';
import { HTTP_URL, httpUrl, notNegative, setting, text, YEAR_SECONDS } from './setting.ts';

/** Settings that the server, `schedule` and `retrain` share. */
export const retrainStateSettings = {
  RETRAIN_STATE_DIR: setting(text.default('~/.cache/face-age/retrain'), {
    meaning:
      'folder that holds the state of the last retraining and of the schedule, and the checkpoint of a run',
    allowed: 'a folder',
  }),
};

/** Settings that say when and how retraining is started by the clock. */
export const scheduleSettings = {
  RETRAIN_COMMAND: setting(text.optional(), {
    meaning:
      "command that the server and `schedule` run to retrain, instead of this installation's own `retrain`; it is split into words and needs no shell",
    allowed: 'a command',
  }),
  ...retrainStateSettings,
  RETRAIN_SCHEDULE: setting(text.optional(), {
    meaning:
      'cron expression by which this server retrains, such as `0 3 * * 1`; without it the schedule is off',
    allowed: 'a cron expression such as 0 3 * * 1',
  }),
  RETRAIN_TIME_ZONE: setting(z.string().refine(isTimeZone).optional(), {
    meaning: 'time zone of the schedule, such as `Europe/Berlin`; without it, that of the machine',
    allowed: 'a time zone such as Europe/Berlin',
  }),
  RETRAIN_JITTER_SECONDS: setting(notNegative.max(YEAR_SECONDS).default(0), {
    meaning: 'a scheduled retraining starts up to this much later, at random',
  }),
};

/** Settings of retraining that concern a server alone. */
export const retrainTriggerSettings = {
  RETRAIN_ON_DRIFT: setting(z.stringbool().default(false), {
    meaning: 'retrain when the photos drift from those the model was trained on',
  }),
  RETRAIN_COOL_DOWN_SECONDS: setting(notNegative.max(YEAR_SECONDS).default(86_400), {
    meaning: 'drift starts no retraining within this time after the last one ended',
  }),
};

/** Settings that say who is notified when a retraining ends. */
export const notificationSettings = {
  RETRAIN_WEBHOOK_URL: setting(httpUrl.optional(), {
    meaning:
      'receives a signed POST with the outcome of each `retrain`; needs `RETRAIN_WEBHOOK_SECRET`',
    allowed: HTTP_URL,
    secret: true,
  }),
  RETRAIN_WEBHOOK_SECRET: setting(
    z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/)
      .optional(),
    {
      meaning: 'signs what the webhook receives: `whsec_` and 24 to 64 bytes in base64',
      allowed: 'whsec_ and 24 to 64 bytes in base64 (echo "whsec_$(openssl rand -base64 32)")',
      secret: true,
    },
  ),
  RETRAIN_PUSH_URL: setting(httpUrl.optional(), {
    meaning: 'Prometheus Pushgateway that receives the metrics of each `retrain`',
    allowed: HTTP_URL,
  }),
};

/** Settings that name the photos which training and the gate use. */
export const datasetSettings = {
  FACES_DIR: setting(location.optional(), {
    meaning: 'labeled photos to train on or to evaluate with: a folder or `s3://bucket/prefix`',
    allowed: LOCATION,
  }),
  GATE_SET: setting(location.optional(), {
    meaning:
      'labeled photos on which the gate compares challenger and champion, and which are never trained on: a folder or `s3://bucket/prefix`',
    allowed: LOCATION,
  }),
  GATE_SPLIT: setting(text.default('val'), {
    meaning: 'split of `GATE_SET` that the gate uses, or `all`',
    allowed: 'the name of a split, or all',
  }),
};

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
