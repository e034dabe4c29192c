import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf } from '../common/errors.ts';

/** A command's outcome: a sentence or table for people, a document for programs. */
export interface Outcome {
  text: string;
  data: unknown;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** What every command of the registry takes. */
export const commonOptions = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Runs a command: parses its arguments, prints what it did (`--json` as a document) or, on standard error and with
 * exit status 1, why it could not.
 */
export async function runCommand<Given extends Options>(
  usage: string,
  options: Given,
  work: (given: ParsedCommand<Given>) => Promise<Outcome>,
): Promise<void> {
  try {
    const given = parse(options);
    if (given.values.help) {
      console.log(usage);
      return;
    }
    const { text, data } = await work(given);
    console.log(given.values.json ? JSON.stringify(data, null, 2) : text);
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}

/** The arguments, split into options and the rest. */
export interface ParsedCommand<Given extends Options> {
  values: ReturnType<typeof parseArgs<{ options: Given }>>['values'];
  positionals: string[];
}

function parse<Given extends Options>(options: Given) {
  const all = { ...commonOptions, ...options };
  // That the result has the common options and the given ones is beyond what the compiler infers of a generic.
  return parseArgs({ options: all, allowPositionals: true }) as unknown as ParsedCommand<Given> &
    ParsedCommand<typeof commonOptions>;
}
