import { refreshUsage, refreshOptions, readRefreshWish } from './refresh/wish.ts';
import { refresh } from './refresh/refresh.ts';
import { runCommand } from './registry/command-line.ts';
import { readSettings } from '../src/registry/registry-settings.ts';

await runCommand(refreshUsage, refreshOptions, async ({ values, positionals }) => {
  const wish = readRefreshWish(values, positionals, process.env.FACES_DIR);
  return refresh(wish, readSettings({ name: wish.name }));
});
