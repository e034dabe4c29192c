import type { z } from 'zod';

/**
 * Validates the options of a command line.
 * @throws Error that names the first invalid option
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
