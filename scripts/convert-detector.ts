import { runCommand } from '../src/cli/command.ts';
import { convertDetectorCommand } from '../src/cli/commands/convert-detector.ts';

await runCommand(convertDetectorCommand());
