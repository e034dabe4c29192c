import { runCommand } from '../src/cli/registry-command.ts';
import { verifyVersion } from '../src/registry/loading/verify-version.ts';
import { publishVersion } from '../src/cli/publication.ts';
import { readSettings } from '../src/registry/registry-settings.ts';
import { registryOptionsOf } from '../src/registry/open-registry.ts';
import { findModel } from '../src/registry/model-reference.ts';

const usage = `Usage: npm run publish -- FOLDER [--json]
Publishes a version, such as models/face-age/2, into the registry. It is loaded first as a server would load it:
checksums, golden samples, warm-up. It keeps its number where that is free, else it gets the next one. No alias moves.

The registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix.`;

await runCommand(usage, {}, async ({ positionals: [folder] }) => {
  if (folder === undefined || !/[\\/]/.test(folder))
    throw new Error(`give a version's folder, such as models/face-age/2\n\n${usage}`);
  const { config, registry, name: wanted, alias } = readSettings({});
  const source = await findModel(folder, {
    location: '.',
    name: wanted,
    alias,
    options: registryOptionsOf(config),
  });
  const engine = await verifyVersion(source, config);
  const { version, isNew } = await publishVersion(source, registry);
  const { name } = source;
  const what = `${name} ${version}`;
  const text = isNew
    ? `published ${what} in ${registry.location}; it loads on ${engine}\n` +
      `npm run promote -- ${version} lets it serve`
    : `${what} is in ${registry.location} already`;
  return { text, data: { name, version, isNew, registry: registry.location } };
});
