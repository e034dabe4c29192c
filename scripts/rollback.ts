import { rollBack } from '../src/registry/promotion.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { moveAlias, moveOptions, moveUsage } from '../src/cli/move-alias.ts';
import { placeUsage } from '../src/registry/registry-settings.ts';

const usage = `Usage: npm run rollback -- [options]
Points an alias back at the version it stood for before. A server that kept it loaded swaps at once.

${moveUsage}
${placeUsage}`;

await runCommand(usage, moveOptions, ({ values }) =>
  moveAlias(values, ({ registry }, how) => rollBack(registry, how)),
);
