import { runCommand } from '../src/cli/command.ts';
import { modelsCommand } from '../src/cli/commands/models.ts';

await runCommand(modelsCommand());
