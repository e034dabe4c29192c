import { removedThresholds } from '../../common/config/removed-settings.ts';
import { table } from '../../common/text/text-table.ts';
import {
  changedGateConfig,
  effectiveThresholds,
  thresholdFaults,
  thresholdKeys,
  type GateConfigFile,
  type StoredThresholds,
} from '../../registry/gate/gate-config.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

/** Thresholds to change, by key (`tolerances.mae`); undefined restores the default. */
export type ThresholdChanges = ReadonlyMap<string, number | undefined>;

/** The changes are not valid; the message has one sentence for each fault. */
export class ThresholdError extends Error {
  override readonly name = 'ThresholdError';
}

/** The registry and the model whose thresholds change, and who changes them and why. */
export interface ThresholdContext {
  registry: Pick<RegistryWriter, 'readGateConfig' | 'changeGateConfig'>;
  model: string;
  by: string;
  reason: string;
}

/**
 * Parses threshold changes from command-line arguments.
 * @param args such as `tolerances.mae=0.1`, or `tolerances.mae=default`
 * @throws ThresholdError
 */
export function parseThresholdChanges(args: readonly string[]): ThresholdChanges {
  const changes = new Map<string, number | undefined>();
  for (const arg of args) {
    const [, key, value] = /^([^=]+)=(.+)$/.exec(arg) ?? [];
    if (key === undefined)
      throw new ThresholdError(
        `"${arg}" must be a threshold and its value, such as tolerances.mae=0.1 or tolerances.mae=default.`,
      );
    changes.set(key, value === 'default' ? undefined : numberOf(key, value!));
  }
  return changes;
}

/**
 * Converts the environment variables of version 0.1 to threshold changes, for `migrate`.
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

/** Thrown inside a change to leave the file as it is. */
class Unchanged extends Error {
  readonly file: GateConfigFile | undefined;

  constructor(file: GateConfigFile | undefined) {
    super();
    this.file = file;
  }
}

/**
 * Changes the thresholds of a model's gate; writes nothing if they already have these values.
 * @returns the file after the change; undefined if no threshold was ever set
 * @throws ThresholdError if a key or a value is not valid; RegistryError
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

/** Applies the changes. The result has a fixed key order, so that equal thresholds have equal JSON. */
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

/** Formats every threshold with its value; `*` marks those that differ from the defaults because they were set. */
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
