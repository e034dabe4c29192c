import { ServiceError } from '../../../src/common/errors.ts';

/** A parser under test, with what must hold for every input. */
export interface Target {
  name: string;
  /** Valid and nearly valid inputs that our own code makes, besides those of the corpus file. */
  seeds: () => Buffer[] | Promise<Buffer[]>;
  /** Words of the format, for mutations. */
  words: readonly string[];
  /** The scripts whose coverage guides the search. */
  guidedBy: RegExp;
  /**
   * Parses an input.
   * @throws any Error where the parser fails or breaks an invariant. A ServiceError of the parser is a valid outcome, which
   * this function catches.
   */
  run: (input: Buffer) => void | Promise<void>;
  /**
   * Compares with another implementation, which takes longer: it is called for inputs that reach new code, and for a
   * sample of the others.
   * @throws Error where both read the input and differ
   */
  compare?: (input: Buffer) => Promise<void>;
}

export const MAX_INPUT_BYTES = 16_384;

/** What a parser makes of an input: its result, or the code of its ServiceError. Any other error is thrown on. */
export function outcomeOf<Result>(parse: () => Result): Result | { refused: string } {
  try {
    return parse();
  } catch (error) {
    return refusal(error);
  }
}

/** @throws the error itself unless it is a ServiceError */
export function refusal(error: unknown): { refused: string } {
  if (error instanceof ServiceError) return { refused: error.code };
  throw error;
}

/** @throws Error that shows both where they differ */
export function assertEqual(what: string, actual: unknown, expected: unknown): void {
  const [one, other] = [shown(actual), shown(expected)];
  if (one === other) return;
  throw new Error(`${what}: ${one.slice(0, 300)} instead of ${other.slice(0, 300)}`);
}

function shown(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
