import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { Alias } from '../../src/registry/registry.ts';
import type { TrainingWish } from './wish.ts';

/** Points an alias at a new version; the one it stood for becomes its previous one. */
export async function pointAlias(
  { models, name }: Pick<TrainingWish, 'models' | 'name'>,
  alias: string,
  version: number,
): Promise<void> {
  await new FileRegistry(models).changeAlias(name, alias, (before) => ({
    version,
    previous: before?.version ?? null,
    updatedAt: new Date().toISOString(),
    by: 'train',
    reason: 'trained',
    history: before === undefined ? [] : [...before.history, eventOf(before)],
  }));
}

function eventOf({ version, updatedAt, by, reason }: Alias): Alias['history'][number] {
  return { version, updatedAt, by, reason };
}
