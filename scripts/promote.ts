import { runCommand } from '../src/cli/command.ts';
import { promoteCommand } from '../src/cli/commands/promote.ts';

await runCommand(promoteCommand());
