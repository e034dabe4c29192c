import { Command, CommanderError, Help, Option } from 'commander';
import { ConfigError } from '../common/config/config.ts';
import { endProcessIfThreadHangs } from '../common/process/end-process.ts';
import { messageOf } from '../common/errors.ts';
import { programVersion } from '../common/program-version.ts';

/** The exit status where the command line or a setting cannot be used. */
export const USAGE_STATUS = 2;

/** A command of `face-age`. Parse errors end it with `USAGE_STATUS` and suggest what was probably meant. */
export function createCommand(name: string, description: string, options: Option[] = []): Command {
  const command = new Command(name)
    .summary(description.split(/[.:] /)[0]!.replace(/\.$/, ''))
    .description(description)
    .configureHelp({ optionDescription })
    .exitOverride()
    .showHelpAfterError('(--help lists the options)');
  for (const each of options) command.addOption(each);
  return command;
}

/** Nobody needs to read that a flag is off by default. */
function optionDescription(each: Option): string {
  return each.defaultValue === false ? each.description : new Help().optionDescription(each);
}

interface OptionSettings<Value> {
  /** Throws InvalidArgumentError where the text cannot be used. */
  parse?: (text: string, previous: Value | undefined) => Value;
  default?: Value;
  /** Shown in the help instead of the default. */
  shownDefault?: string;
}

/**
 * An option of a command.
 * @param flags such as `--val-share <share>`, whose value the command receives as `valShare`
 */
export function option<Value = string>(
  flags: string,
  description: string,
  settings: OptionSettings<Value> = {},
): Option {
  const created = new Option(flags, description);
  if (settings.parse !== undefined) created.argParser(settings.parse);
  if (settings.default !== undefined) created.default(settings.default, settings.shownDefault);
  return created;
}

export const jsonOption = option('--json', 'print a JSON document');

/** The program `face-age` with some of its commands. */
export function createProgram(commands: readonly Command[]): Command {
  const program = createCommand(
    'face-age',
    'Estimates the probability of each age from photos of faces.',
  ).version(programVersion);
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Runs one command with the arguments of this process, as `face-age NAME` does. */
export function runCommand(command: Command): Promise<void> {
  return runProgram(createProgram([command]), [command.name(), ...process.argv.slice(2)]);
}

/** Parses the arguments and runs the command that they name; the exit status says how it ended. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  process.stdout.on('error', endOnClosedPipe);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitStatusOf(error);
  }
  await endProcessIfThreadHangs(Number(process.exitCode ?? 0));
}

function exitStatusOf(error: unknown): number {
  // Commander has printed its message, or the help, itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
  console.error(messageOf(error));
  return error instanceof ConfigError ? USAGE_STATUS : 1;
}

/** The reader of a pipe may stop reading at any time. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

/**
 * A command with subcommands.
 * @param first runs where no subcommand is named
 */
export function createGroup(group: Command, first: Command, others: readonly Command[]): Command {
  // Commander passes an unknown name to the first command, as its argument.
  first.allowExcessArguments().hook('preAction', (command) => {
    const [name] = command.args;
    const names = group.commands.map((each) => each.name()).join(', ');
    if (name !== undefined)
      command.error(
        `error: unknown command '${name}'\nThe commands of ${group.name()} are ${names}.`,
      );
  });
  group.addCommand(first, { isDefault: true });
  for (const command of others) group.addCommand(command);
  return group;
}

/** What a command has done: text for people and a JSON document for programs. */
export interface Outcome {
  text: string;
  data: unknown;
}

/** Prints the text, or with `--json` the document. */
export function printOutcome({ text, data }: Outcome, { json }: { json?: boolean }): void {
  console.log(json === true ? JSON.stringify(data, null, 2) : text);
}

/**
 * Aborts at the first SIGINT or SIGTERM; the second ends the process.
 * @param reason the message of the signal's reason
 */
export function stopSignal(reason = 'stopped by a signal'): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(reason)));
  return stop.signal;
}
