import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { verifyVersion } from '../src/registry/loading/verify-version.ts';
import { publishVersion } from '../src/cli/publication.ts';
import {
  placeOptions,
  placeUsage,
  readSettings,
  whoRuns,
} from '../src/registry/registry-settings.ts';

const usage = `Usage: npm run sync -- [--from models] [options]
Fills a registry from a folder of models: publishes the versions that it does not have, under their own numbers, and
sets the aliases that it does not have. What is there already stays as it is.

  --from FOLDER   the folder of models (default: models)
${placeUsage}`;

const options = { ...placeOptions, from: { type: 'string', default: 'models' } } as const;

await runCommand(usage, options, async ({ values }) => {
  const { config, registry, name } = readSettings(values);
  const source = new FileRegistry(values.from);
  const known = new Set(await registry.listVersions(name));
  const published: number[] = [];
  for (const version of await source.listVersions(name)) {
    if (known.has(version)) continue;
    const referenced = { registry: source, name, version };
    await verifyVersion(referenced, config);
    const got = await publishVersion(referenced, registry);
    if (got.version !== version)
      throw new Error(
        `somebody else published version ${version} meanwhile; ours is ${got.version}`,
      );
    published.push(version);
  }
  const aliases: string[] = [];
  for (const [alias, { version }] of Object.entries(await source.listAliases(name))) {
    if ((await registry.readAlias(name, alias)) !== undefined) continue;
    const reason = `synchronised from ${values.from}`;
    await promote(registry, version, { model: name, alias, by: whoRuns(), reason });
    aliases.push(alias);
  }
  const counted = (what: string, list: readonly unknown[]) =>
    list.length === 0 ? `no ${what}` : `${what} ${list.join(', ')}`;
  return {
    text: `${registry.location} got ${counted('version', published)} and ${counted('alias', aliases)} of ${name}`,
    data: { name, registry: registry.location, published, aliases },
  };
});
