import { z } from 'zod';

/** Settings of canary and shadow: versions that are tried beside the one that serves. */
export const trafficSettings = {
  CANARY_KEY_HEADER: z
    .string()
    .regex(/^[a-z0-9-]+$/i, 'must be the name of a header')
    .default('x-client-key')
    .describe(
      'header that names the client: one client stays with one version; without it the address does',
    ),
  CANARY_MIN_PHOTOS: z.coerce
    .number()
    .int()
    .min(10)
    .default(30)
    .describe('photos that a canary must have answered before it is judged'),
  CANARY_MAX_ERROR_RATE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      'a canary stops itself where it fails to answer surely more often than production by this share',
    ),
  CANARY_MAX_LATENCY_RATIO: z.coerce
    .number()
    .min(1)
    .default(2)
    .describe(
      'a canary stops itself where its inference surely takes so many times as long as that of production, and 10 ms more',
    ),
  CANARY_MAX_DIFFERENCE_YEARS: z.coerce
    .number()
    .positive()
    .default(6)
    .describe(
      'a canary stops itself where its ages surely differ from those of production by more on average',
    ),
  SHADOW_QUEUE_MAX_IMAGES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(64)
    .describe(
      'copies of photos that may wait for the shadow; more are passed over; 0 is no shadow',
    ),
  SHADOW_MAX_ENGINE_SHARE: z.coerce
    .number()
    .positive()
    .max(1)
    .default(0.005)
    .describe(
      'share of the time for which the shadow may have the engine, while nothing else does',
    ),
};
