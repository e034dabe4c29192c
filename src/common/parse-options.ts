import type { z } from 'zod';

/**
 * Options of a command line as their schema has them.
 * @throws Error naming the first option that cannot be used
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  throw new Error(`--${fault!.path.join('.')}: ${fault!.message}`);
}
