import type { Command } from 'commander';
import { createCommand } from '../command.ts';

/** `face-age serve`: the service in this process. */
export function serveCommand(): Command {
  return createCommand(
    'serve',
    'Starts the service on PORT (3000). Settings are environment variables; docs/configuration.md lists them.',
  ).action(async () => {
    process.setSourceMapsEnabled(true);
    await import('../../main.ts');
  });
}
