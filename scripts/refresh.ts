import { refreshUsage, refreshOptions, readRefreshOptions, refresh } from '../src/cli/refresh.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { readSettings } from '../src/registry/registry-settings.ts';

await runCommand(refreshUsage, refreshOptions, async ({ values, positionals }) => {
  const options = readRefreshOptions(values, positionals, process.env.FACES_DIR);
  return refresh(options, readSettings({ name: options.name }));
});
