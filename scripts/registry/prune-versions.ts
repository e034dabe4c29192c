import type { Alias } from '../../src/registry/registry.ts';
import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';

export interface PruneWish {
  /** How many of the newest versions stay in any case. */
  keep: number;
  /** Only says what would go. */
  dryRun: boolean;
}

/** `npm run models -- prune`: removes old versions; never one that an alias stands for or stood for before. */
export async function pruneVersions(
  { registry, name }: RegistrySettings,
  { keep, dryRun }: PruneWish,
): Promise<Outcome> {
  const versions = await registry.listVersions(name);
  const newest = new Set(versions.slice(Math.max(0, versions.length - keep)));
  const candidates = versions.filter((version) => !newest.has(version));
  const removed: number[] = [];
  for (const version of candidates) {
    // Asked before each removal: an alias may be moved to an old version meanwhile.
    if (namedBy(await registry.listAliases(name)).has(version)) continue;
    if (!dryRun) await registry.removeVersion(name, version);
    removed.push(version);
  }
  const kept = versions.filter((version) => !removed.includes(version));
  const verb = dryRun ? 'would remove' : 'removed';
  const told = removed.length === 0 ? 'nothing' : `version ${removed.join(', ')}`;
  return {
    text: `${verb} ${told} of ${name} in ${registry.location}; kept ${kept.join(', ') || 'none'}`,
    data: { name, removed, kept, dryRun },
  };
}

function namedBy(aliases: Record<string, Alias>): Set<number> {
  return new Set(
    Object.values(aliases).flatMap(({ version, previous }) => [version, previous ?? version]),
  );
}
