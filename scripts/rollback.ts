import { runCommand } from '../src/cli/command.ts';
import { rollbackCommand } from '../src/cli/commands/promote.ts';

await runCommand(rollbackCommand());
