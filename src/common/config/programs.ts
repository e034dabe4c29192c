import { z } from 'zod';
import { driftSettings, feedbackSettings, feedbackStoreSettings } from './feedback-settings.ts';
import { engineSettings, registrySettings, s3Settings } from './model-settings.ts';
import { protectionSettings } from './protection-settings.ts';
import { removedThresholds } from './removed-settings.ts';
import {
  datasetSettings,
  notificationSettings,
  retrainStateSettings,
  retrainTriggerSettings,
  scheduleSettings,
} from './retrain-settings.ts';
import { FILE_SUFFIX } from './secret-files.ts';
import {
  decodeSettings,
  listenSettings,
  serverEngineSettings,
  telemetrySettings,
  uploadSettings,
} from './server-settings.ts';
import { isSecret } from './setting.ts';
import { trafficSettings } from './traffic-settings.ts';

/** Every setting that a server reads, and nothing else. */
export const settingsSchema = z.object({
  ...listenSettings,
  ...registrySettings,
  ...engineSettings,
  ...serverEngineSettings,
  ...uploadSettings,
  ...decodeSettings,
  ...protectionSettings,
  ...trafficSettings,
  ...feedbackSettings,
  ...driftSettings,
  ...scheduleSettings,
  ...retrainTriggerSettings,
  ...telemetrySettings,
});

export const s3Schema = z.object(s3Settings);
export const registrySchema = z.object(registrySettings);

/** Commands that load, move or compare versions: `models`, `publish`, `promote`, `evaluate`, `predict` and others. */
export const modelSchema = z.object({
  ...registrySettings,
  ...engineSettings,
  ADMIN_TOKEN: protectionSettings.ADMIN_TOKEN,
});

export const gateSchema = z.object({
  ...registrySettings,
  ...engineSettings,
  GATE_SET: datasetSettings.GATE_SET,
  GATE_SPLIT: datasetSettings.GATE_SPLIT,
});

export const retrainSchema = z.object({
  ...gateSchema.shape,
  FACES_DIR: datasetSettings.FACES_DIR,
  FEEDBACK_STORE: feedbackStoreSettings.FEEDBACK_STORE,
  ...retrainStateSettings,
  ...notificationSettings,
});

export const scheduleSchema = z.object(scheduleSettings);
export const feedbackSchema = z.object({ ...feedbackStoreSettings, ...s3Settings });

/** Commands that read labeled photos: `train`, `evaluate`, `refresh`. */
export const datasetSchema = z.object({
  ...s3Settings,
  FACES_DIR: datasetSettings.FACES_DIR,
  GATE_SET: datasetSettings.GATE_SET,
});

/** What each program reads, by the name that docs/configuration.md gives it. */
export const programs = {
  server: settingsSchema,
  models: modelSchema,
  gate: gateSchema,
  retrain: retrainSchema,
  schedule: scheduleSchema,
  feedback: feedbackSchema,
  train: datasetSchema,
} as const satisfies Record<string, z.ZodObject>;

/** The groups of docs/configuration.md; together they hold every setting once. */
export const settingGroups: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  'Listening and deadlines': listenSettings,
  'Models and their registry': registrySettings,
  Inference: { ...engineSettings, ...serverEngineSettings },
  Uploads: { ...uploadSettings, ...decodeSettings },
  Protection: protectionSettings,
  'Canary and shadow': trafficSettings,
  Feedback: feedbackSettings,
  Drift: driftSettings,
  Retraining: { ...scheduleSettings, ...retrainTriggerSettings },
  'What a retraining reports': notificationSettings,
  'Labeled photos': datasetSettings,
  'Log and traces': telemetrySettings,
};

const allSettings: Readonly<Record<string, z.ZodType>> = Object.assign(
  {},
  ...Object.values(settingGroups),
) as Record<string, z.ZodType>;

/** The names of all secrets, whichever program reads them. */
export const secretNames: readonly string[] = Object.keys(allSettings).filter((name) =>
  isSecret(allSettings[name]!),
);

/** Every name that any of the programs reads. */
export const knownNames: ReadonlySet<string> = new Set([
  ...Object.keys(allSettings),
  ...secretNames.map((name) => name + FILE_SUFFIX),
  ...Object.keys(removedThresholds),
]);
