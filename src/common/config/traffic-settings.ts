import { z } from 'zod';
import { setting } from './setting.ts';

/** Settings of canary and shadow: versions that are tried alongside the one that serves. */
export const trafficSettings = {
  CANARY_KEY_HEADER: setting(
    z
      .string()
      .regex(/^[a-z0-9-]+$/i)
      .default('x-client-key'),
    {
      meaning:
        'header that identifies the client, so that one client stays with one version; without it, the address does',
      allowed: 'the name of a header',
    },
  ),
  CANARY_MIN_PHOTOS: setting(z.coerce.number().int().min(10).default(30), {
    meaning: 'photos that a canary must have answered before it is evaluated',
  }),
  CANARY_MAX_ERROR_RATE: setting(z.coerce.number().min(0).max(1).default(0.05), {
    meaning:
      'a canary stops itself when its error rate exceeds that of production by this share, beyond chance',
  }),
  CANARY_MAX_LATENCY_RATIO: setting(z.coerce.number().min(1).default(2), {
    meaning:
      'a canary stops itself when its inference takes this many times as long as that of production and 10 ms more, beyond chance',
  }),
  CANARY_MAX_DIFFERENCE_YEARS: setting(z.coerce.number().positive().default(6), {
    meaning:
      'a canary stops itself when its ages differ from those of production by more than this on average, beyond chance',
  }),
  SHADOW_QUEUE_MAX_IMAGES: setting(z.coerce.number().int().min(0).max(10_000).default(64), {
    meaning: 'copies of photos that may wait for the shadow; more are skipped; 0 turns it off',
  }),
  SHADOW_MAX_ENGINE_SHARE: setting(z.coerce.number().positive().max(1).default(0.005), {
    meaning: 'share of the time that the shadow may use the engine, while nothing else does',
  }),
};
