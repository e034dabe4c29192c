import { promote } from '../src/registry/promotion.ts';
import { runCommand, versionOf } from './registry/command-line.ts';
import { moveAlias, moveOptions, moveUsage } from './registry/move-alias.ts';
import { placeUsage } from './registry/settings.ts';

const usage = `Usage: npm run promote -- VERSION [options]
Points an alias at a version; every server that follows the alias loads it and swaps without losing a request.

${moveUsage}
${placeUsage}`;

await runCommand(usage, moveOptions, ({ values, positionals }) => {
  const version = versionOf(positionals[0], 'npm run promote -- VERSION');
  return moveAlias(values, ({ registry }, how) => promote(registry, version, how));
});
