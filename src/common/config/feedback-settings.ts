import { z } from 'zod';
import { LOCATION, location } from './location.ts';
import { notNegative, positiveInteger, setting, YEAR_SECONDS } from './setting.ts';

/** Settings that say where feedback is stored; the server and the commands that train share them. */
export const feedbackStoreSettings = {
  FEEDBACK_STORE: setting(location.optional(), {
    meaning:
      'where photos sent with their true ages are stored: a folder or `s3://bucket/prefix`; without it feedback is off',
    allowed: LOCATION,
  }),
  FEEDBACK_RETENTION_DAYS: setting(z.coerce.number().min(0).max(36_500).default(365), {
    meaning: 'feedback is removed at this age; 0 keeps it until somebody deletes it',
  }),
};

/** Settings of the routes that take feedback. */
export const feedbackSettings = {
  ...feedbackStoreSettings,
  FEEDBACK_ACCEPT: setting(z.enum(['auto', 'review']).default('review'), {
    meaning:
      '`review` trains on feedback once somebody has accepted it, `auto` as soon as it arrives',
  }),
  FEEDBACK_MEMORY_SECONDS: setting(positiveInteger.max(86_400).default(600), {
    meaning:
      'how long the server remembers an answered photo, so that feedback can name its prediction',
  }),
  FEEDBACK_MEMORY_BYTES: setting(z.coerce.number().int().min(0).default(64_000_000), {
    meaning: 'memory for such photos, in bytes; the oldest are evicted; 0 remembers none',
  }),
  FEEDBACK_PER_MINUTE: setting(positiveInteger.default(60), {
    meaning: 'most feedback that one server accepts from one API key or address in any minute',
  }),
  FEEDBACK_MAX_PHOTOS: setting(positiveInteger.default(10_000), {
    meaning: 'most photos in the feedback store',
  }),
  FEEDBACK_MAX_BYTES: setting(positiveInteger.default(5_000_000_000), {
    meaning: 'most bytes of photos in the feedback store',
  }),
};

const driftFeature = z.enum([
  'predicted_age',
  'confidence',
  'brightness',
  'contrast',
  'photo_size',
  'face_score',
  'no_face_share',
]);

/** Settings of drift detection. */
export const driftSettings = {
  DRIFT_WINDOW_PHOTOS: setting(
    z.coerce
      .number()
      .int()
      .max(1_000_000)
      .refine((photos) => photos === 0 || photos >= 50)
      .default(1000),
    {
      meaning:
        'how many of the latest photos are compared with those the model was validated on; 0 turns drift detection off',
      allowed: '0 or a whole number from 50 to 1000000',
    },
  ),
  DRIFT_PSI_THRESHOLD: setting(z.coerce.number().positive().default(0.25), {
    meaning: 'population stability index above which a feature of the photos has drifted',
  }),
  DRIFT_COOL_DOWN_SECONDS: setting(notNegative.max(YEAR_SECONDS).default(86_400), {
    meaning: 'least time between two drift alarms',
  }),
  DRIFT_FEATURES: setting(
    z
      .string()
      .default(driftFeature.options.join(','))
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(driftFeature)),
    {
      meaning: 'features whose drift raises the alarm; all are measured',
      allowed: `a list of ${driftFeature.options.join(', ')}, separated by commas`,
    },
  ),
};
