import type { Alias } from './registry.ts';

/** Superseded pointers that an alias remembers; older ones are dropped. */
const HISTORY_MAX = 1000;

/** What an alias becomes, by whom and why. */
export interface AliasChange {
  version: number;
  /** Of a canary. */
  weight?: number | undefined;
  by: string;
  reason: string;
}

/** The pointer after a change, which remembers the one before. `previous` is the latest other version. */
export function movedAlias(current: Alias | undefined, change: AliasChange): Alias {
  const { version, weight, by, reason } = change;
  const updatedAt = new Date().toISOString();
  const moved = { version, ...(weight === undefined ? {} : { weight }), updatedAt, by, reason };
  if (current === undefined) return { ...moved, previous: null, history: [] };
  const previous = current.version === version ? current.previous : current.version;
  const history = [...current.history, eventOf(current)].slice(-HISTORY_MAX);
  return { ...moved, previous, history };
}

function eventOf({ version, weight, updatedAt, by, reason }: Alias): Alias['history'][number] {
  return { version, ...(weight === undefined ? {} : { weight }), updatedAt, by, reason };
}
