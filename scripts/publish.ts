import { runCommand } from '../src/cli/command.ts';
import { publishCommand } from '../src/cli/commands/publish.ts';

await runCommand(publishCommand());
