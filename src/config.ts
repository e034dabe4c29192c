import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().positive();
const driftFeature = z.enum([
  'predicted_age',
  'confidence',
  'brightness',
  'contrast',
  'photo_size',
]);
const notNegative = z.coerce.number().min(0);
const share = notNegative.max(1);

/**
 * Every setting, its default and its meaning. The README's table is tested against this schema.
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
  ENGINE_THREADS: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'threads of one inference; 0 takes all cores for a photo alone and leaves one free beside a batch',
    ),
  UPLOAD_MAX_BYTES: positive.default(10_000_000).describe('largest photo, in bytes'),
  REQUEST_MAX_BYTES: positive.default(32_000_000).describe('largest request, in bytes'),
  MAX_PIXELS: positive.default(50_000_000).describe('largest photo, in pixels'),
  MAX_IMAGES: positive.default(16).describe('most photos in a request'),
  BATCH_MAX_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('most photos in one inference'),
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
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`'),
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
  GATE_MIN_PHOTOS: positive.default(100).describe('fewer photos decide nothing'),
  GATE_MIN_GROUP_PHOTOS: positive.default(50).describe('smaller groups are not looked at'),
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
