import { z } from 'zod';
import { aliasSchema, type Alias } from './registry.ts';
import { using } from './using.ts';

/**
 * @param path for the message
 * @throws RegistryError
 */
export function parseAlias(text: string, path: string): Alias {
  return using(path, () => check(JSON.parse(text)));
}

/**
 * An alias as it is stored.
 * @throws RegistryError where it is not valid
 */
export function formatAlias(alias: Alias, path: string): Buffer {
  const checked = using(path, () => check(alias));
  return Buffer.from(`${JSON.stringify(checked, null, 2)}\n`);
}

function check(document: unknown): Alias {
  const parsed = aliasSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}
