import { messageOf } from '../src/common/errors.ts';
import { ownValue } from '../src/common/own-value.ts';
import { commands, overview } from '../src/cli/commands.ts';
import { isUsageError } from '../src/cli/predict.ts';

/** `npx face-age COMMAND …`: one name for everything that the scripts do. */
async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(overview);
    return 0;
  }
  const command = ownValue(commands, name);
  if (command === undefined) {
    console.error(`There is no command "${name}".\n\n${overview}`);
    return 2;
  }
  return command.run(args);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = isUsageError(error) ? 2 : 1;
}
