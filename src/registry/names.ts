import { NAME_PATTERN } from './name-pattern.ts';
import { RegistryError } from './registry.ts';

/** Whether a text can be the name of a model or an alias. */
export const isName = (text: string): boolean => NAME_PATTERN.test(text);

/** @throws RegistryError */
export function requireName(kind: 'model' | 'alias', text: string): void {
  if (isName(text)) return;
  throw new RegistryError(
    `"${text}" cannot be the name of a${kind === 'model' ? ' model' : 'n alias'}; use a-z, 0-9, dot, dash and underscore`,
  );
}
