/**
 * Settings of version 0.1 that are thresholds in a model's `gate.json` now, each with its key there. The migration
 * command reads them.
 */
export const removedThresholds = {
  GATE_CONFIDENCE: 'confidence',
  GATE_MIN_PHOTOS: 'minPhotos',
  GATE_MIN_GROUP_PHOTOS: 'minGroupPhotos',
  GATE_TOLERANCE_MAE_YEARS: 'tolerances.mae',
  GATE_TOLERANCE_ACCURACY: 'tolerances.decadeAccuracy',
  GATE_TOLERANCE_ECE: 'tolerances.ece',
  GATE_TOLERANCE_WORST_GROUP_YEARS: 'tolerances.worstGroupMae',
  GATE_TOLERANCE_FALSE_POSITIVES: 'tolerances.falsePositiveRate',
  GATE_TOLERANCE_LATENCY: 'tolerances.latency',
  GATE_MAX_MAE_YEARS: 'bars.mae',
  GATE_MIN_ACCURACY: 'bars.decadeAccuracy',
  GATE_MAX_ECE: 'bars.ece',
  GATE_MAX_WORST_GROUP_YEARS: 'bars.worstGroupMae',
  GATE_MAX_FALSE_POSITIVES: 'bars.falsePositiveRate',
  GATE_MAX_LATENCY_MS: 'bars.latency',
} as const;

export const MIGRATION_COMMAND = 'npx face-age gate-config migrate';

/** Those removed settings that an environment still has, with their values. */
export function removedIn(environment: NodeJS.ProcessEnv): [name: string, value: string][] {
  return Object.keys(removedThresholds).flatMap((name): [string, string][] => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? [] : [[name, value]];
  });
}

/** @returns undefined where the environment has no removed setting */
export function removedText(environment: NodeJS.ProcessEnv): string | undefined {
  const names = removedIn(environment).map(([name]) => name);
  if (names.length === 0) return undefined;
  const [are, they] = names.length === 1 ? ['is', 'it'] : ['are', 'they'];
  return (
    `${names.join(', ')} ${are} no longer read: the thresholds of the gate are in the registry now. ` +
    `Run "${MIGRATION_COMMAND}" once with ${they === 'it' ? 'this variable' : 'these variables'} set, ` +
    `then remove ${they === 'it' ? 'it' : 'them'} from the environment.`
  );
}
