import { runCommand } from '../src/cli/command.ts';
import { trainCommand } from '../src/cli/commands/train.ts';

await runCommand(trainCommand());
