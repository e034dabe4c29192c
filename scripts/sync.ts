import { runCommand } from '../src/cli/command.ts';
import { syncCommand } from '../src/cli/commands/publish.ts';

await runCommand(syncCommand());
