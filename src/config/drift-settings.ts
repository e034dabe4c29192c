import { z } from 'zod';

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
