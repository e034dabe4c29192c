import { runCommand } from '../src/cli/command.ts';
import { apiKeyCommand } from '../src/cli/commands/api-key.ts';

await runCommand(apiKeyCommand());
