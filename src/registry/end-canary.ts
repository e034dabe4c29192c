import { CANARY_ALIAS } from './alias-weight.ts';
import { movedAlias } from './moved-alias.ts';
import type { Alias, RegistryWriter } from './registry.ts';

export interface CanaryEnd {
  model: string;
  /** The pointer that is meant; a newer one is somebody's later decision and stays. */
  pointer: Pick<Alias, 'version' | 'updatedAt'>;
  by: string;
  reason: string;
}

/** The pointer was moved meanwhile; carries it out of a change that has nothing to write. */
class Overtaken extends Error {}

/**
 * Takes the canary's share of the traffic away, for every server that follows the alias, and remembers why.
 * @returns whether it was this call that did; false where the pointer is not the one that is meant any more.
 * @throws RegistryError
 */
export async function endCanary(registry: RegistryWriter, end: CanaryEnd): Promise<boolean> {
  const { model, pointer, by, reason } = end;
  try {
    await registry.changeAlias(model, CANARY_ALIAS, (current) => {
      const meant = current?.version === pointer.version && current.updatedAt === pointer.updatedAt;
      if (!meant) throw new Overtaken();
      return movedAlias(current, { version: pointer.version, weight: 0, by, reason });
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}
