import type { Alias } from '../../src/registry/registry.ts';
import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';

/** What to say of an alias that was moved. */
export function aliasOutcome(
  { name, alias, registry }: RegistrySettings,
  pointer: Alias,
  followed: readonly string[],
): Outcome {
  const { version, weight, previous, updatedAt, by, reason } = pointer;
  const before = previous === null ? '' : `; before: ${previous}`;
  const share = weight === undefined ? '' : ` with weight ${weight}`;
  const servers = followed.map((url) => `\n${url} serves version ${version}`).join('');
  return {
    text: `${alias} of ${name} in ${registry.location} is version ${version}${share}${before}${servers}`,
    data: { name, alias, version, weight, previous, updatedAt, by, reason, followed },
  };
}
