import { z } from 'zod';
import { DAY_MS, HTTP_URL, httpUrl, positiveInteger, setting, text } from './setting.ts';

/** The API's own bound for the photos of a request, which its document states. */
export const MOST_IMAGES = 1000;

/** Settings that say where a server listens and how it stops. */
export const listenSettings = {
  HOST: setting(text.default('0.0.0.0'), {
    meaning: 'address to listen on',
    allowed: 'an address or a host name',
  }),
  PORT: setting(z.coerce.number().int().min(0).max(65_535).default(3000), {
    meaning: 'port to listen on; 0 picks a free one',
  }),
  REQUEST_DEADLINE_MS: setting(positiveInteger.max(DAY_MS).default(10_000), {
    meaning: 'a request that is not answered within this time gets 504',
  }),
  SHUTDOWN_GRACE_MS: setting(positiveInteger.max(DAY_MS).default(20_000), {
    meaning: 'how long a server waits after SIGTERM for requests in flight',
  }),
};

/** Settings that bound a request, and all requests together. */
export const uploadSettings = {
  UPLOAD_MAX_BYTES: setting(positiveInteger.default(10_000_000), {
    meaning: 'largest photo, in bytes',
  }),
  REQUEST_MAX_BYTES: setting(positiveInteger.default(32_000_000), {
    meaning: 'largest request, in bytes',
  }),
  MAX_IMAGES: setting(positiveInteger.max(MOST_IMAGES).default(16), {
    meaning: `most photos in a request, at most ${MOST_IMAGES}`,
  }),
  FACES: setting(z.enum(['largest', 'none']).optional(), {
    meaning:
      'which face of a photo is answered where the request says nothing: `largest`, which is the default, finds it; with `none` the photo is the framed face, as in 0.1',
  }),
  MAX_FACES: setting(positiveInteger.max(500).default(32), {
    meaning: 'most faces answered in one photo with `faces=all`',
  }),
  UPLOAD_MEMORY_BYTES: setting(z.coerce.number().int().min(4_000_000).default(128_000_000), {
    meaning:
      'memory for bodies in flight, in bytes; a request that finds no room gets 503. 32 MB of it, at most a quarter, are kept for bodies of up to 1 MB',
  }),
  MAX_CONNECTIONS: setting(positiveInteger.max(65_536).default(4096), {
    meaning: 'most open connections to each port; more are closed at once',
  }),
};

/** Settings that bound what decoding a photo may cost. */
export const decodeSettings = {
  DECODE_MEMORY_BYTES: setting(z.coerce.number().int().min(64_000_000).default(256_000_000), {
    meaning:
      'memory that decoding may take at the same time, in bytes; a photo that needs more than fifteen sixteenths of it is refused with 413',
  }),
  DECODE_MAX_MS: setting(z.coerce.number().int().min(100).max(600_000).default(5000), {
    meaning:
      'a photo whose decoding would take longer than this by its estimate, on one core, is refused with 413',
  }),
};

/** Settings of model loading that concern a server alone. */
export const serverEngineSettings = {
  ENGINE_INSTANCES: setting(z.coerce.number().int().min(0).max(16).default(0), {
    meaning:
      'batches that onnxruntime computes in parallel; each instance loads the networks again; 0 uses two where there are two cores',
  }),
  KEEP_PREVIOUS_MODEL: setting(z.enum(['auto', 'never']).default('auto'), {
    meaning:
      '`auto` keeps the version that a swap replaces loaded where memory allows, so that a rollback is immediate; or `never`',
  }),
  GPU_METRICS: setting(z.enum(['auto', 'on', 'off']).default('auto'), {
    meaning:
      '`auto` reads memory and utilization of GPUs from `nvidia-smi` where there is an NVIDIA driver; or `on`, or `off`',
  }),
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Settings of the log and of traces. */
export const telemetrySettings = {
  LOG_LEVEL: setting(z.enum(logLevels).default('info'), {
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(httpUrl.optional(), {
    meaning: 'collector that receives a span for each request, such as `http://collector:4318`',
    allowed: HTTP_URL,
  }),
};
