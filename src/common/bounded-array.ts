import { z } from 'zod';

export interface ArrayBounds {
  min?: number;
  max: number;
  /** The message when the array is too long; zod's message by default. */
  tooLong?: string;
}

/**
 * An array that a client sends. Its length is checked before any element is parsed, and parsing stops at the first
 * invalid element. `z.array().max()` would first parse everything and create an issue for each fault, which takes
 * gigabytes for a few megabytes of faults.
 */
export function boundedArray<Element extends z.ZodType>(
  element: Element,
  { min = 0, max, tooLong }: ArrayBounds,
) {
  const array = z.array(element).max(max);
  return z.preprocess(
    (given, context) => {
      if (!Array.isArray(given)) return given;
      if (given.length > max) context.addIssue(tooBig(max, tooLong));
      else addFirstFault(element, given, context);
      return given as unknown;
    },
    min === 0 ? array : array.min(min),
  );
}

/** A bounded array whose elements are not checked, because there may be millions. */
export function boundedValues(max: number) {
  return z
    .preprocess(
      (given, context) => {
        if (!Array.isArray(given)) context.addIssue({ code: 'invalid_type', expected: 'array' });
        else if (given.length > max) context.addIssue(tooBig(max));
        return given;
      },
      z.unknown().meta({ type: 'array', items: {}, maxItems: max }),
    )
    .transform((values) => values as unknown[]);
}

function tooBig(maximum: number, message?: string) {
  return {
    code: 'too_big' as const,
    origin: 'array' as const,
    maximum,
    inclusive: true,
    ...(message === undefined ? {} : { message }),
  };
}

function addFirstFault(
  element: z.ZodType,
  given: readonly unknown[],
  context: z.core.$RefinementCtx,
): void {
  for (const [index, value] of given.entries()) {
    const fault = element.safeParse(value).error?.issues[0];
    if (fault === undefined) continue;
    context.addIssue({ ...fault, path: [index, ...fault.path] });
    return;
  }
}
