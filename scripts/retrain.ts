import { runCommand } from '../src/cli/command.ts';
import { retrainCommand } from '../src/cli/commands/retrain.ts';

await runCommand(retrainCommand());
