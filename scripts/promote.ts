import { promote } from '../src/registry/promotion.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { moveAlias, moveOptions, moveUsage } from '../src/cli/move-alias.ts';
import { placeUsage, versionOf } from '../src/registry/registry-settings.ts';

const usage = `Usage: npm run promote -- VERSION [options]
Points an alias at a version; every server that follows the alias loads it and swaps without losing a request.
With --alias canary the version answers a share of the traffic beside production, with --alias shadow none of it.

  --weight W      of a canary: the share of the traffic that it answers, from 0 to 1; 0 ends it
${moveUsage}
${placeUsage}`;

const options = { ...moveOptions, weight: { type: 'string' } } as const;

await runCommand(usage, options, ({ values, positionals }) => {
  const version = versionOf(positionals[0], 'npm run promote -- VERSION');
  return moveAlias(values, ({ registry }, how) => promote(registry, version, how));
});
