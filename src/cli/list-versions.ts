import { table } from '../common/text/text-table.ts';
import { figureFormats } from '../learning/gate/figure-names.ts';
import type { GateFigures, GateResult } from '../registry/gate/gate-result.ts';
import type { Manifest } from '../registry/manifest.ts';
import type { Outcome } from './command.ts';
import type { RegistryTarget } from './registry-target.ts';

/** `models history`: which versions an alias has pointed to: since when, set by whom and why; the latest first. */
export async function aliasHistory({ registry, name, alias }: RegistryTarget): Promise<Outcome> {
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

/** The share of the traffic of a canary. */
function weightOf(event: object): string {
  const { weight } = event as { weight?: unknown };
  return typeof weight === 'number' ? String(weight) : '';
}

/** `models gates`: every gate, the newest last; the JSON document holds each complete result. */
export async function listGates({ registry, name }: RegistryTarget): Promise<Outcome> {
  const gates: GateResult[] = [];
  for (const id of await registry.listGates(name)) {
    const result = await registry.readGate(name, id);
    if (result !== undefined) gates.push(result);
  }
  const heading = `gates of ${name} in ${registry.location}`;
  const text = gates.length === 0 ? `${heading}: none` : `${heading}\n${gateTable(gates)}`;
  return { text, data: { name, registry: registry.location, gates } };
}

const gateHeader = ['gate', 'alias', 'champion', 'challenger', 'MAE', 'outcome', 'by', 'why'];

function gateTable(gates: readonly GateResult[]): string {
  const rows = gates.map(({ id, alias, champion, challenger, figures, by, ...evaluated }) => [
    id,
    alias,
    String(champion ?? '-'),
    String(challenger),
    `${mae(figures.champion)} → ${mae(figures.challenger)}`,
    evaluated.forced === null ? evaluated.outcome : `${evaluated.outcome}, forced`,
    by,
    evaluated.reasons[0]!,
  ]);
  return table([gateHeader, ...rows]);
}

function mae(figures: GateFigures | null): string {
  const value = figures?.mae ?? null;
  return value === null ? '-' : figureFormats.mae.value(value).replace(' years', '');
}

interface ListedVersion {
  version: number;
  aliases: string[];
  createdAt: string;
  architecture: string;
  bytes: number;
  metrics: Manifest['metrics'];
}

/** `models list`: every version with the aliases that point to it and its main metrics. */
export async function listVersions({ registry, name }: RegistryTarget): Promise<Outcome> {
  const aliases = Object.entries(await registry.listAliases(name));
  const versions: ListedVersion[] = [];
  for (const version of await registry.listVersions(name)) {
    const { createdAt, architecture, files, metrics } = await registry.readManifest(name, version);
    versions.push({
      version,
      aliases: aliases.filter(([, pointer]) => pointer.version === version).map(([each]) => each),
      createdAt,
      architecture,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      metrics,
    });
  }
  const heading = `${name} in ${registry.location}`;
  const text =
    versions.length === 0 ? `${heading}: no version` : `${heading}\n${versionTable(versions)}`;
  return { text, data: { name, registry: registry.location, versions } };
}

const header = [
  'version',
  'aliases',
  'created',
  'architecture',
  'MB',
  'MAE',
  'right bucket',
  'ECE',
];

function versionTable(versions: readonly ListedVersion[]): string {
  const rows = versions.map(({ version, aliases, createdAt, architecture, bytes, metrics }) => [
    String(version),
    aliases.join(', ') || '-',
    createdAt.slice(0, 16).replace('T', ' '),
    architecture,
    (bytes / 1e6).toFixed(1),
    figure(metrics.mae, 2),
    figure(metrics.bucketAccuracy, 3),
    figure(metrics.ece, 3),
  ]);
  return table([header, ...rows]);
}

function figure(value: number | undefined, digits: number): string {
  return value === undefined ? '-' : value.toFixed(digits);
}
