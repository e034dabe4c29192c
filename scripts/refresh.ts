import { runCommand } from '../src/cli/command.ts';
import { refreshCommand } from '../src/cli/commands/refresh.ts';

await runCommand(refreshCommand());
