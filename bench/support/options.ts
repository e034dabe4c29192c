import { InvalidArgumentError } from 'commander';

/** Parses a whole number above zero. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive whole number.');
}

/** Parses a number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}

/** Parses positive whole numbers separated by commas. */
export const positiveIntegers = (text: string): number[] => text.split(',').map(positiveInteger);

/** A parser of some of the names, separated by commas. */
export function namesOf<Name extends string>(known: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    text.split(',').map((given) => {
      const name = known.find((each) => each === given);
      if (name === undefined)
        throw new InvalidArgumentError(`"${given}" must be one of ${known.join(', ')}.`);
      return name;
    });
}

/** For an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];
