import {
  readConfig,
  readDatasetConfig,
  readFeedbackConfig,
  readGateConfig,
  readModelConfig,
  readRetrainConfig,
  readScheduleConfig,
} from '../../src/common/config/config.ts';
import type { programs } from '../../src/common/config/programs.ts';

/** What reads the settings of each program. */
export const readers = {
  server: readConfig,
  models: readModelConfig,
  gate: readGateConfig,
  retrain: readRetrainConfig,
  schedule: readScheduleConfig,
  feedback: readFeedbackConfig,
  train: readDatasetConfig,
} satisfies Record<keyof typeof programs, unknown>;
export const everyReader = Object.entries(readers);

/** The lines of the message that refuses an environment, without its heading. */
export function faultsOf(
  environment: NodeJS.ProcessEnv,
  read: (environment: NodeJS.ProcessEnv) => unknown = readConfig,
): string[] {
  try {
    read(environment);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}
