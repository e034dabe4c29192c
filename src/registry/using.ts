import { messageOf } from '../common/errors.ts';
import { RegistryError } from './registry.ts';

/**
 * Makes something of what is found at `path`.
 * @throws RegistryError where it cannot be used
 */
export function using<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new RegistryError(`${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}
