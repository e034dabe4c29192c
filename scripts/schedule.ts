import { runCommand } from '../src/cli/command.ts';
import { scheduleCommand } from '../src/cli/commands/schedule.ts';

await runCommand(scheduleCommand());
