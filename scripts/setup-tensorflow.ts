import { runCommand } from '../src/cli/command.ts';
import { setupTensorFlowCommand } from '../src/cli/commands/setup-tensorflow.ts';

await runCommand(setupTensorFlowCommand());
