import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';
import { table } from '../../src/common/text-table.ts';

/** `npm run models -- history`: which versions an alias stood for, since when, by whom and why; the latest first. */
export async function aliasHistory({ registry, name, alias }: RegistrySettings): Promise<Outcome> {
  const pointer = await registry.readAlias(name, alias);
  if (pointer === undefined) {
    throw new Error(`${registry.location} has no alias "${alias}" of ${name}`);
  }
  const { version, weight, updatedAt, by, reason, history } = pointer;
  const events = [{ version, weight, updatedAt, by, reason }, ...history.toReversed()];
  const hasWeights = events.some((event) => weightOf(event) !== '');
  const rows = events.map((event) => [
    String(event.version),
    ...(hasWeights ? [weightOf(event)] : []),
    event.updatedAt,
    textOf(event, 'by'),
    textOf(event, 'reason'),
  ]);
  return {
    text: table([['version', ...(hasWeights ? ['weight'] : []), 'since', 'by', 'reason'], ...rows]),
    data: { name, alias, events },
  };
}

function textOf(event: object, key: string): string {
  const value = (event as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : '';
}

/** A canary's share of the traffic. */
function weightOf(event: object): string {
  const { weight } = event as { weight?: unknown };
  return typeof weight === 'number' ? String(weight) : '';
}
