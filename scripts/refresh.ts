import { refreshUsage, refreshOptions, readRefreshWish, refresh } from '../src/cli/refresh.ts';
import { runCommand } from '../src/cli/registry-command.ts';
import { readSettings } from '../src/registry/registry-settings.ts';

await runCommand(refreshUsage, refreshOptions, async ({ values, positionals }) => {
  const wish = readRefreshWish(values, positionals, process.env.FACES_DIR);
  return refresh(wish, readSettings({ name: wish.name }));
});
