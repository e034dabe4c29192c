import { removedThresholds } from '../../common/config/removed-settings.ts';
import { table } from '../../common/text-table.ts';
import {
  changedGateConfig,
  effectiveThresholds,
  thresholdFaults,
  thresholdKeys,
  type GateConfigFile,
  type StoredThresholds,
} from '../../registry/gate-config.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

/** Thresholds to change, by key (`tolerances.mae`); undefined goes back to the default. */
export type ThresholdChanges = ReadonlyMap<string, number | undefined>;

/** Changes that cannot be made; the message has a sentence for each. */
export class ThresholdError extends Error {
  override readonly name = 'ThresholdError';
}

/** Where thresholds are changed, by whom and why. */
export interface ThresholdContext {
  registry: Pick<RegistryWriter, 'readGateConfig' | 'changeGateConfig'>;
  model: string;
  by: string;
  reason: string;
}

/**
 * Reads changes as a command line gives them.
 * @param words `tolerances.mae=0.1`, or `tolerances.mae=default`
 * @throws ThresholdError
 */
export function parseThresholdChanges(words: readonly string[]): ThresholdChanges {
  const changes = new Map<string, number | undefined>();
  for (const word of words) {
    const [, key, value] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (key === undefined)
      throw new ThresholdError(
        `"${word}" must be a threshold and its value, such as tolerances.mae=0.1 or tolerances.mae=default.`,
      );
    changes.set(key, value === 'default' ? undefined : numberOf(key, value!));
  }
  return changes;
}

/**
 * The thresholds that 0.1's variables named, for `migrate`.
 * @param variables names and values
 * @throws ThresholdError
 */
export function migratedThresholds(
  variables: readonly (readonly [name: string, value: string])[],
): ThresholdChanges {
  const keys: Readonly<Record<string, string>> = removedThresholds;
  return new Map(variables.map(([name, value]) => [keys[name]!, numberOf(name, value)]));
}

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw new ThresholdError(`${name} must be a number; it is "${value}".`);
}

/** Carries the file as it is out of a change that has nothing to write. */
class Unchanged extends Error {
  readonly file: GateConfigFile | undefined;

  constructor(file: GateConfigFile | undefined) {
    super();
    this.file = file;
  }
}

/**
 * Changes thresholds of a model's gate; where they are so already, nothing is written.
 * @returns the file afterwards; undefined where nothing was ever set
 * @throws ThresholdError where a key or a value cannot be used; RegistryError
 */
export async function changeThresholds(
  { registry, model, by, reason }: ThresholdContext,
  changes: ThresholdChanges,
): Promise<GateConfigFile | undefined> {
  try {
    return await registry.changeGateConfig(model, (current) => {
      const thresholds = changed(current?.thresholds ?? {}, changes);
      const before = current?.thresholds ?? {};
      if (JSON.stringify(thresholds) === JSON.stringify(changed(before, new Map())))
        throw new Unchanged(current);
      return changedGateConfig(current, { thresholds, by, reason });
    });
  } catch (error) {
    if (error instanceof Unchanged) return error.file;
    throw error;
  }
}

/** In the order of the keys, so that equal thresholds are equal texts. */
function changed(thresholds: StoredThresholds, changes: ThresholdChanges): StoredThresholds {
  requireKeys([...changes.keys()]);
  const after: Record<string, unknown> = {};
  for (const key of thresholdKeys) {
    const value = changes.has(key) ? changes.get(key) : valueAt(thresholds, key);
    if (value === undefined) continue;
    const [group, figure] = key.split('.');
    if (figure === undefined) after[group!] = value;
    else after[group!] = { ...(after[group!] as object | undefined), [figure]: value };
  }
  const faults = thresholdFaults(after);
  if (faults.length > 0) throw new ThresholdError(faults.join('\n'));
  return after;
}

function requireKeys(keys: readonly string[]): void {
  const unknown = keys.filter((key) => !thresholdKeys.includes(key));
  if (unknown.length === 0) return;
  throw new ThresholdError(
    `${unknown.join(', ')} is not a threshold; the thresholds are ${thresholdKeys.join(', ')}.`,
  );
}

function valueAt(thresholds: object, key: string): number | undefined {
  const [group, figure] = key.split('.');
  const values = thresholds as Readonly<Record<string, unknown>>;
  if (figure === undefined) return values[group!] as number | undefined;
  return (values[group!] as Readonly<Record<string, number>> | undefined)?.[figure];
}

/** Every threshold with its value, for people; `*` marks those that somebody has set. */
export function thresholdsText(model: string, file: GateConfigFile | undefined): string {
  const thresholds = effectiveThresholds(file);
  const rows = thresholdKeys.map((key) => {
    const isSet = valueAt(file?.thresholds ?? {}, key) !== undefined;
    return [key, String(valueAt(thresholds, key) ?? 'not checked'), isSet ? '*' : ''];
  });
  const origin =
    file === undefined
      ? `${model} has the default thresholds.`
      : `Set by ${file.by} at ${file.updatedAt}${file.reason === '' ? '' : `: ${file.reason}`}`;
  return `${origin}\n\n${table([['threshold', 'value', 'set'], ...rows])}`;
}
