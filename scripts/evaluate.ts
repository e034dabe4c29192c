import { runCommand } from '../src/cli/command.ts';
import { evaluateCommand } from '../src/cli/commands/evaluate.ts';

await runCommand(evaluateCommand());
