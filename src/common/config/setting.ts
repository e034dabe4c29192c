import { z } from 'zod';

/** What a setting says about itself, beyond its type. */
interface SettingNotes {
  /** For the table in docs/configuration.md: a phrase that begins with a small letter. */
  meaning: string;
  /** Completes the sentence "NAME must be …". Derived from the type for numbers, choices and switches. */
  allowed?: string;
  /** Whether messages and logs hide its value, and `<NAME>_FILE` may name a file that holds it. */
  secret?: boolean;
}

/** Attaches the notes to a setting; it must be the last call, as any later one loses them. */
export function setting<Schema extends z.ZodType>(schema: Schema, notes: SettingNotes): Schema {
  const { meaning, allowed, secret } = notes;
  return schema.meta({ description: meaning, allowed, secret });
}

export const positiveInteger = z.coerce.number().int().positive();
export const notNegative = z.coerce.number().min(0);
/** The longest times that settings may name. */
export const DAY_MS = 86_400_000;
export const DAY_SECONDS = 86_400;
export const YEAR_SECONDS = 366 * DAY_SECONDS;
export const httpUrl = z.url({ protocol: /^https?$/ });
export const HTTP_URL = 'an http:// or https:// URL';
export const text = z.string().min(1);

/** The parts of a comma-separated list, without blanks around them and without empty ones. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Whether a setting holds a secret. */
export function isSecret(schema: z.ZodType): boolean {
  return schema.meta()?.secret === true;
}

/** What may stand after "NAME must be" in a message: `a whole number from 0 to 65535`. */
export function allowedText(schema: z.ZodType): string {
  const allowed = schema.meta()?.allowed;
  if (typeof allowed === 'string') return allowed;
  const type = z.toJSONSchema(schema, { unrepresentable: 'any' });
  if (type.enum !== undefined) return choiceText(type.enum.map(String));
  if (type.type === 'boolean') return 'true or false';
  if (type.type === 'integer') return `a whole number${boundsText(type)}`;
  if (type.type === 'number') return `a number${boundsText(type)}`;
  throw new Error('A setting that is not a number, a choice or a switch must say what it allows.');
}

function choiceText(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)!}`;
}

function boundsText(type: z.core.JSONSchema.BaseSchema): string {
  const { minimum, exclusiveMinimum, maximum } = type;
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined)
    return ` greater than ${exclusiveMinimum}${isBounded ? ` and at most ${maximum}` : ''}`;
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER)
    return isBounded ? ` of at most ${maximum}` : '';
  return isBounded ? ` from ${minimum} to ${maximum}` : ` of at least ${minimum}`;
}
