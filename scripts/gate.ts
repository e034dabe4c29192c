import { runCommand } from '../src/cli/command.ts';
import { gateCommand } from '../src/cli/commands/gate.ts';

await runCommand(gateCommand());
