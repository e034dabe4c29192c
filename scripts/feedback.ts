import { runCommand } from '../src/cli/command.ts';
import { feedbackCommand } from '../src/cli/commands/feedback.ts';

await runCommand(feedbackCommand());
