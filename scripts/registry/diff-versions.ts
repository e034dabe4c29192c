import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';
import { table } from '../../src/common/text-table.ts';

/** Told elsewhere, or different in every version. */
const IGNORED = new Set(['golden', 'files', 'version', 'reference']);

/** A fact of a manifest that two versions differ in. */
interface Difference {
  what: string;
  before: unknown;
  after: unknown;
}

/** `npm run models -- diff A B`: what their manifests say differently, figures, recipe and preprocessing included. */
export async function diffVersions(
  { registry, name }: RegistrySettings,
  before: number,
  after: number,
): Promise<Outcome> {
  const [a, b] = await Promise.all([
    registry.readManifest(name, before),
    registry.readManifest(name, after),
  ]);
  const differences = differencesOf(a, b);
  const rows = differences.map(({ what, before: was, after: is }) => [what, tell(was), tell(is)]);
  const text =
    rows.length === 0
      ? `versions ${before} and ${after} of ${name} say the same`
      : table([['', String(before), String(after)], ...rows]);
  return { text, data: { name, before, after, differences } };
}

/** The leaves at which two documents differ, by their paths. */
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

function tell(value: unknown): string {
  if (value === undefined) return '-';
  if (typeof value === 'number') return String(Number(value.toPrecision(5)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
