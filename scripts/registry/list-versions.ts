import type { Manifest } from '../../src/registry/manifest.ts';
import type { Outcome } from './command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';
import { table } from '../../src/common/text-table.ts';

interface ListedVersion {
  version: number;
  aliases: string[];
  createdAt: string;
  architecture: string;
  bytes: number;
  metrics: Manifest['metrics'];
}

/** `npm run models`: every version with the aliases that stand for it and its main figures. */
export async function listVersions({ registry, name }: RegistrySettings): Promise<Outcome> {
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
  const text = versions.length === 0 ? `${heading}: no version` : `${heading}\n${tell(versions)}`;
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

function tell(versions: readonly ListedVersion[]): string {
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
