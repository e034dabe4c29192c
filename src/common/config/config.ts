import { z } from 'zod';
import {
  driftSettings,
  feedbackSettings,
  gateSettings,
  retrainSettings,
} from './learning-settings.ts';
import { protectionSettings } from './protection-settings.ts';
import { trafficSettings } from './traffic-settings.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().positive();

/** The API's own bound for the photos of a request, which its document tells. */
export const MOST_IMAGES = 1000;

/**
 * Every setting, its default and its meaning. The table in docs/configuration.md is tested against this schema.
 * A seam for later issues: add the setting here and it is documented, validated and typed.
 */
export const settingsSchema = z.object({
  HOST: z.string().min(1).default('0.0.0.0').describe('address to listen on'),
  PORT: port.default(3000).describe('port to listen on; 0 picks a free one'),
  MODEL_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/)
    .default('face-age')
    .describe('model to serve'),
  MODEL_ALIAS: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/)
    .default('production')
    .describe('alias whose version is served'),
  MODEL_REGISTRY: z
    .string()
    .min(1)
    .default('./models')
    .describe(
      'where the models are: a folder, relative to the working directory, or `s3://bucket/prefix`',
    ),
  S3_FORCE_PATH_STYLE: z
    .stringbool()
    .default(false)
    .describe(
      'bucket in the path instead of the host name, as most S3 servers other than AWS want it',
    ),
  S3_CHECKSUM_MODE: z
    .enum(['when_required', 'when_supported'])
    .default('when_supported')
    .describe('`when_required` for S3 servers that do not know the newer checksum headers'),
  MODEL_CACHE_DIR: z
    .string()
    .min(1)
    .default('~/.cache/face-age/models')
    .describe('folder for local copies of models in S3; a start while S3 is away serves from it'),
  REGISTRY_POLL_SECONDS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('how often the alias is read again'),
  KEEP_PREVIOUS_MODEL: z
    .enum(['auto', 'never'])
    .default('auto')
    .describe(
      '`auto` keeps the version that a swap replaces loaded, for an instant way back, where memory allows; or `never`',
    ),
  ADMIN_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('opens `/v1/admin/…` as a bearer token, of at least 16 characters; off without one'),
  ENGINE: z
    .enum(['auto', 'onnxruntime', 'tensorflow'])
    .default('auto')
    .describe('`auto`, `onnxruntime` or `tensorflow`; `auto` takes TensorFlow where it sees a GPU'),
  DEVICE: z
    .enum(['auto', 'cpu', 'gpu'])
    .default('auto')
    .describe('`auto`, `cpu` or `gpu`; `gpu` makes a missing GPU an error at start'),
  GPU_METRICS: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      '`auto` reads memory and utilisation of GPUs from `nvidia-smi` where there is an NVIDIA driver; or `on`, or `off`',
    ),
  PRECISION: z
    .enum(['auto', 'fp32', 'int8'])
    .default('auto')
    .describe(
      '`auto`, `fp32` or `int8`; `auto` takes the 8-bit graph where the CPU has VNNI, it is faster and it costs at most 0.05 years of MAE',
    ),
  ENGINE_THREADS: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'threads of one inference; 0 takes all cores for a photo alone, and shares them between the instances for a batch',
    ),
  ENGINE_INSTANCES: z.coerce
    .number()
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe(
      'batches that onnxruntime computes side by side; each instance holds the networks once more; 0 takes two where there are two cores',
    ),
  UPLOAD_MAX_BYTES: positive.default(10_000_000).describe('largest photo, in bytes'),
  REQUEST_MAX_BYTES: positive.default(32_000_000).describe('largest request, in bytes'),
  MAX_PIXELS: positive.default(50_000_000).describe('largest photo, in pixels'),
  MAX_IMAGES: positive
    .max(MOST_IMAGES)
    .default(16)
    .describe(`most photos in a request, at most ${MOST_IMAGES}`),
  BATCH_MAX_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(16)
    .describe('most photos in one inference; from half as many on one starts although others run'),
  BATCH_MAX_WAIT_MS: z.coerce
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .describe('how long an incomplete batch waits for company'),
  QUEUE_MAX_IMAGES: positive
    .default(512)
    .describe('photos that may wait for inference; more are refused with 429'),
  REQUEST_DEADLINE_MS: positive
    .default(10_000)
    .describe('a request unanswered for this long gets 504'),
  SHUTDOWN_GRACE_MS: positive
    .default(20_000)
    .describe('how long SIGTERM waits for requests in flight'),
  ...trafficSettings,
  ...protectionSettings,
  ...feedbackSettings,
  ...driftSettings,
  ...retrainSettings,
  ...gateSettings,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('collector that is sent a span for each request, such as `http://collector:4318`'),
});

export type Config = Readonly<z.infer<typeof settingsSchema>>;

/** Settings that cannot be used; the message has a line for each fault. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`The settings cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings once. An empty variable counts as unset.
 * @throws ConfigError naming every faulty setting at once.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return parseSettings(settingsSchema, environment);
}

function parseSettings<Settings>(
  schema: z.ZodType<Settings>,
  environment: NodeJS.ProcessEnv,
): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  );
}

const s3Schema = settingsSchema.pick({ S3_FORCE_PATH_STYLE: true, S3_CHECKSUM_MODE: true });

/** How to talk to an S3 server; its endpoint (`AWS_ENDPOINT_URL_S3`), region and credentials are the SDK's to find. */
export function s3OptionsOf(settings: z.infer<typeof s3Schema>) {
  return {
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    checksumMode: settings.S3_CHECKSUM_MODE,
  };
}

/**
 * Reads only what is about S3.
 * @throws ConfigError naming every faulty setting at once.
 */
export function readS3Options(environment: NodeJS.ProcessEnv = process.env) {
  return s3OptionsOf(parseSettings(s3Schema, environment));
}

/** Sets a variable that a native library reads when it is loaded, unless the operator has set it. */
export function setEnvironmentDefault(name: string, value: string): void {
  process.env[name] ??= value;
}

/** Sets a variable that a native library reads when it is loaded. */
export function setEnvironment(name: string, value: string): void {
  process.env[name] = value;
}

/** The environment for a child process. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env };
}

const SECRET_NAME = /token|secret|passw|credential|webhook|(^|_)(api_)?keys?(_|$)/i;

/** Values that no output may show: those of variables whose names say so. */
export function readSecrets(environment: NodeJS.ProcessEnv = process.env): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) ? [value] : [],
  );
}
