import { runCommand } from '../src/cli/command.ts';
import { importCommand } from '../src/cli/commands/import.ts';

await runCommand(importCommand());
