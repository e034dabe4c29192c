import type { z } from 'zod';
import { secretHider } from '../text/hide-secrets.ts';
import { allowedText, isSecret } from './setting.ts';

/** Settings that cannot be used; the message has a line for each fault. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`The settings cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

type Shape = Readonly<Record<string, z.ZodType>>;

const MAX_SHOWN_LENGTH = 100;

/**
 * A sentence for each value that does not fit its schema: its name, what is allowed, and what it was.
 * @param given the values as they came; those of secrets are never shown
 */
export function faultSentences(
  error: z.ZodError,
  shape: Shape,
  given: Readonly<Record<string, unknown>>,
): string[] {
  const sentences = new Map<string, string>();
  for (const issue of error.issues) {
    const name = String(issue.path[0]);
    const schema = shape[name];
    // One sentence says it all, however many checks the value has failed.
    if (schema === undefined || sentences.has(name)) continue;
    const detail = detailOf(issue) ?? shownValue(given[name], isSecret(schema));
    sentences.set(name, `${name} must be ${allowedText(schema)}; ${detail}.`);
  }
  return [...sentences.values()];
}

/** Which part is wrong, where the setting's own check says so. */
function detailOf({ code, message, path }: z.core.$ZodIssue): string | undefined {
  const isOwn = code === 'custom' && path.length === 1 && message !== 'Invalid input';
  return isOwn ? message : undefined;
}

const hideCredentials = secretHider([]);

function shownValue(value: unknown, secret: boolean): string {
  if (secret) return 'its value is not shown, as it is a secret';
  const text = typeof value === 'string' ? hideCredentials(value) : JSON.stringify(value);
  if (text.length <= MAX_SHOWN_LENGTH) return `it is "${text}"`;
  return `it begins with "${text.slice(0, MAX_SHOWN_LENGTH)}"`;
}
