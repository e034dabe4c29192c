import { groupName } from './group-names.ts';
import { AGE_COLUMN } from './groups.ts';
import type { Measured, MetricsFile } from './metrics-file.ts';

/** A group's figures and how people call it. */
export interface NamedGroup {
  /** `age`, `sex`, … */
  column: string;
  /** The value as labelled: `20-29`, `0`. */
  value: string;
  /** `ages 20-29`, `male`. */
  name: string;
  measured: Measured;
}

/** Every group in the order of metrics.json: ages first. */
export function namedGroups({ groups, groupNames }: MetricsFile): NamedGroup[] {
  return Object.entries(groups).flatMap(([column, byValue]) =>
    Object.entries(byValue)
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([value, measured]) => ({
        column,
        value,
        name: nameOfGroup(column, value, groupNames),
        measured,
      })),
  );
}

/** How people call a group. A code without a name keeps its column before it: `sex 0`. */
export function nameOfGroup(
  column: string,
  value: string,
  names: MetricsFile['groupNames'],
): string {
  if (column === AGE_COLUMN) return `ages ${value}`;
  const name = groupName(names, column, value);
  return name === value && /^\d+$/.test(value) ? `${column} ${value}` : name;
}
