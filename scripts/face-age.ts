import { runProgram } from '../src/cli/command.ts';
import { faceAge } from '../src/cli/program.ts';

/** `npx face-age COMMAND …`. */
const args = process.argv.slice(2);
await runProgram(faceAge(args), args.length === 0 ? ['--help'] : args);
