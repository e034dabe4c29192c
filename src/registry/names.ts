import { RegistryError } from './registry.ts';

const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Whether a text can be the name of a model or an alias. Names become parts of paths. */
export const isName = (text: string): boolean => NAME.test(text);

/** @throws RegistryError */
export function requireName(kind: 'model' | 'alias', text: string): void {
  if (isName(text)) return;
  throw new RegistryError(
    `"${text}" cannot be the name of a${kind === 'model' ? ' model' : 'n alias'}; use a-z, 0-9, dot, dash and underscore`,
  );
}
