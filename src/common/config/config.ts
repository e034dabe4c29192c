import type { z } from 'zod';
import { ConfigError, faultSentences } from './faults.ts';
import {
  datasetSchema,
  feedbackSchema,
  gateSchema,
  knownNames,
  modelSchema,
  type registrySchema,
  retrainSchema,
  s3Schema,
  scheduleSchema,
  secretNames,
  settingsSchema,
} from './programs.ts';
import { removedIn, removedText } from './removed-settings.ts';
import { FILE_SUFFIX, readSecretFiles } from './secret-files.ts';
import { isSecret } from './setting.ts';
import { serviceLinkFault, unknownNameFaults } from './unknown-names.ts';

export { ConfigError } from './faults.ts';
export { settingsSchema } from './programs.ts';
export { MOST_IMAGES } from './server-settings.ts';

/** What a server reads. */
export type Config = Readonly<z.infer<typeof settingsSchema>>;
/** Where models are stored. */
export type RegistryConfig = Readonly<z.infer<typeof registrySchema>>;
/** What commands read that load, move or compare versions. */
export type ModelConfig = Readonly<z.infer<typeof modelSchema>>;
export type GateConfig = Readonly<z.infer<typeof gateSchema>>;
export type RetrainConfig = Readonly<z.infer<typeof retrainSchema>>;
export type ScheduleConfig = Readonly<z.infer<typeof scheduleSchema>>;
export type FeedbackConfig = Readonly<z.infer<typeof feedbackSchema>>;
/** Which labeled photos commands read. */
export type DatasetConfig = Readonly<z.infer<typeof datasetSchema>>;

/**
 * Reads the settings of a server once; those of other programs are left alone. An empty variable counts as unset.
 * @throws ConfigError naming every faulty setting at once.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return readSettings(settingsSchema, environment);
}

/** @throws ConfigError as `readConfig` */
export function readModelConfig(environment: NodeJS.ProcessEnv = process.env): ModelConfig {
  return readSettings(modelSchema, environment);
}

/** @throws ConfigError as `readConfig`, and where a threshold of the gate is still a variable */
export function readGateConfig(environment: NodeJS.ProcessEnv = process.env): GateConfig {
  return readSettings(gateSchema, environment, removedFaults(environment));
}

/** @throws ConfigError as `readGateConfig`, and where a webhook has no secret */
export function readRetrainConfig(environment: NodeJS.ProcessEnv = process.env): RetrainConfig {
  const faults = [...removedFaults(environment), ...webhookFaults(environment)];
  return readSettings(retrainSchema, environment, faults);
}

/** @throws ConfigError as `readConfig` */
export function readScheduleConfig(environment: NodeJS.ProcessEnv = process.env): ScheduleConfig {
  return readSettings(scheduleSchema, environment);
}

/** @throws ConfigError as `readConfig` */
export function readFeedbackConfig(environment: NodeJS.ProcessEnv = process.env): FeedbackConfig {
  return readSettings(feedbackSchema, environment);
}

/** @throws ConfigError as `readConfig` */
export function readDatasetConfig(environment: NodeJS.ProcessEnv = process.env): DatasetConfig {
  return readSettings(datasetSchema, environment);
}

/**
 * Reads only what is about S3.
 * @throws ConfigError naming every faulty setting at once.
 */
export function readS3Options(environment: NodeJS.ProcessEnv = process.env) {
  return s3OptionsOf(readSettings(s3Schema, environment), environment);
}

/**
 * How to talk to an S3 server; the SDK finds its endpoint (`AWS_ENDPOINT_URL_S3`), region and credentials itself.
 * `AWS_REQUEST_PAYER` is named like the SDK's variables because other programs read it too (GDAL, rasterio).
 * @throws ConfigError if it is set to anything but `requester`
 */
export function s3OptionsOf(
  settings: z.infer<typeof s3Schema>,
  environment: NodeJS.ProcessEnv = process.env,
) {
  const { AWS_REQUEST_PAYER: payer } = setVariables(environment);
  if (payer !== undefined && payer !== 'requester')
    throw new ConfigError([`AWS_REQUEST_PAYER must be requester, or unset; it is "${payer}".`]);
  return {
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    checksumMode: settings.S3_CHECKSUM_MODE,
    ...(payer === undefined ? {} : { requesterPays: true }),
  };
}

/** What a server should log at its start: sentences about settings that have no effect any more. */
export function readConfigWarnings(environment: NodeJS.ProcessEnv = process.env): string[] {
  return removedFaults(environment);
}

/** Thresholds of the gate that are still variables, for the migration to `gate.json`. */
export function readRemovedThresholds(
  environment: NodeJS.ProcessEnv = process.env,
): [name: string, value: string][] {
  return removedIn(environment);
}

function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  faults: readonly string[] = [],
): z.infer<Schema> {
  const set = setVariables(environment);
  const own = Object.entries<z.ZodType>(schema.shape);
  const secrets = readSecretFiles(
    own.flatMap(([name, setting]) => (isSecret(setting) ? [name] : [])),
    set,
  );
  const links = own.flatMap(([name]) => serviceLinkFault(name, set[name] ?? '') ?? []);
  const given = { ...set, ...secrets.values };
  const parsed = schema.safeParse(given);
  const values = parsed.success ? [] : faultSentences(parsed.error, schema.shape, given);
  const all = [
    ...unknownNameFaults(set, knownNames),
    ...links,
    ...secrets.faults,
    ...values.filter((sentence) => !links.some((link) => sameSetting(link, sentence))),
    ...faults,
  ];
  if (all.length > 0 || !parsed.success) throw new ConfigError(all);
  return parsed.data;
}

function sameSetting(one: string, other: string): boolean {
  return one.split(' ', 1)[0] === other.split(' ', 1)[0];
}

function setVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && value.trim() !== '') set[name] = value;
  return set;
}

function removedFaults(environment: NodeJS.ProcessEnv): string[] {
  const sentence = removedText(environment);
  return sentence === undefined ? [] : [sentence];
}

function webhookFaults(environment: NodeJS.ProcessEnv): string[] {
  const set = setVariables(environment);
  const has = (name: string) => set[name] !== undefined || set[name + FILE_SUFFIX] !== undefined;
  if (!has('RETRAIN_WEBHOOK_URL') || has('RETRAIN_WEBHOOK_SECRET')) return [];
  return ['RETRAIN_WEBHOOK_URL needs RETRAIN_WEBHOOK_SECRET, which is not set.'];
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

/** All that a child process needs which gets nothing else of the environment: where native libraries are. */
export function libraryPath(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const path = environment.LD_LIBRARY_PATH;
  return path === undefined ? {} : { LD_LIBRARY_PATH: path };
}

const SECRET_NAME = /token|secret|passw|credential|webhook|(?:^|_)(?:api_)?keys?(?:_|$)/i;

/**
 * Values that no output may show: those of variables whose names say so, and those of our secrets that stand in a
 * file. A file that cannot be read is left out, as `readConfig` reports it.
 */
export function readSecrets(environment: NodeJS.ProcessEnv = process.env): string[] {
  const paths = new Set(secretNames.map((name) => name + FILE_SUFFIX));
  const named = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) && !paths.has(name) ? [value] : [],
  );
  const fromFiles = readSecretFiles(secretNames, setVariables(environment)).values;
  return [...named, ...Object.values(fromFiles)];
}
