import { isDeepStrictEqual } from 'node:util';
import { table } from '../common/text/text-table.ts';
import type { Alias } from '../registry/registry.ts';
import type { Outcome } from './command.ts';
import type { RegistryTarget } from './registry-target.ts';

/** Shown elsewhere, or different in every version. */
const IGNORED = new Set(['golden', 'files', 'version', 'reference']);

/** A field that differs between two manifests. */
interface Difference {
  what: string;
  before: unknown;
  after: unknown;
}

/** `models diff A B`: how the manifests differ, including metrics, recipe and preprocessing. */
export async function diffVersions(
  { registry, name }: RegistryTarget,
  before: number,
  after: number,
): Promise<Outcome> {
  const [a, b] = await Promise.all([
    registry.readManifest(name, before),
    registry.readManifest(name, after),
  ]);
  const differences = differencesOf(a, b);
  const rows = differences.map(({ what, before: was, after: is }) => [
    what,
    textOf(was),
    textOf(is),
  ]);
  const text =
    rows.length === 0
      ? `versions ${before} and ${after} of ${name} have equal manifests`
      : table([['', String(before), String(after)], ...rows]);
  return { text, data: { name, before, after, differences } };
}

/** The leaves at which two documents differ. */
function differencesOf(a: unknown, b: unknown, path: readonly string[] = []): Difference[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isRecord(a) || !isRecord(b)) return [{ what: path.join('.'), before: a, after: b }];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys
    .filter((key) => path.length > 0 || !IGNORED.has(key))
    .flatMap((key) => differencesOf(a[key], b[key], [...path, key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (value === undefined) return '-';
  if (typeof value === 'number') return String(Number(value.toPrecision(5)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export interface PruneOptions {
  /** How many of the newest versions are kept in any case. */
  keep: number;
  /** Only reports what would be removed. */
  dryRun: boolean;
}

/** `models prune`: removes old versions, but never the current or the previous version of an alias. */
export async function pruneVersions(
  { registry, name }: RegistryTarget,
  { keep, dryRun }: PruneOptions,
): Promise<Outcome> {
  const versions = await registry.listVersions(name);
  const newest = new Set(versions.slice(Math.max(0, versions.length - keep)));
  const candidates = versions.filter((version) => !newest.has(version));
  const removed: number[] = [];
  for (const version of candidates) {
    // Read before each removal: an alias may be moved to an old version in the meantime.
    if (namedBy(await registry.listAliases(name)).has(version)) continue;
    if (!dryRun) await registry.removeVersion(name, version);
    removed.push(version);
  }
  const kept = versions.filter((version) => !removed.includes(version));
  const verb = dryRun ? 'would remove' : 'removed';
  const summary = removed.length === 0 ? 'nothing' : `version ${removed.join(', ')}`;
  return {
    text: `${verb} ${summary} of ${name} in ${registry.location}; kept ${kept.join(', ') || 'none'}`,
    data: { name, removed, kept, dryRun },
  };
}

function namedBy(aliases: Record<string, Alias>): Set<number> {
  return new Set(
    Object.values(aliases).flatMap(({ version, previous }) => [version, previous ?? version]),
  );
}
