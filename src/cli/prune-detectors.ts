import type { ListedDetector, RegistryWriter } from '../registry/registry.ts';
import type { Outcome } from './command.ts';
import { openPrompt, type Prompt } from './prompt.ts';

/** A younger detector may belong to a version that is just being published. */
const MIN_AGE_MS = 24 * 60 * 60 * 1000;

export interface PruneDetectorsOptions {
  /** Removes without asking. */
  yes: boolean;
  /** Only reports what would be removed. */
  dryRun: boolean;
}

/** What the command needs of its surroundings. */
interface Environment {
  openPrompt: () => Prompt;
  now: Date;
}

/**
 * `models prune --detectors`: removes the detectors that no version of any model names and that are older than a day.
 * @throws RegistryError, also if the manifest of any version cannot be read; PromptError
 */
export async function pruneDetectors(
  { registry }: { registry: Pick<RegistryWriter, 'location' | 'listDetectors' | 'removeDetector'> },
  { yes, dryRun }: PruneDetectorsOptions,
  environment: Environment = { openPrompt, now: new Date() },
): Promise<Outcome> {
  const detectors = await registry.listDetectors();
  const oldest = environment.now.getTime() - MIN_AGE_MS;
  const unused = detectors.filter(
    ({ namedBy, modifiedAt }) => namedBy.length === 0 && modifiedAt.getTime() < oldest,
  );
  const remove = (version: number) => dryRun || registry.removeDetector(version);
  const removed =
    yes || dryRun
      ? await removeEach(unused, remove)
      : await removeConfirmed(unused, remove, { registry, openPrompt: environment.openPrompt });
  const kept = detectors.map(({ version }) => version).filter((each) => !removed.includes(each));
  const verb = dryRun ? 'would remove' : 'removed';
  const summary = removed.length === 0 ? 'no detector' : `detector ${removed.join(', ')}`;
  return {
    text: `${verb} ${summary} of ${registry.location}; kept ${kept.join(', ') || 'none'}`,
    data: { registry: registry.location, removed, kept, dryRun },
  };
}

type Remove = (version: number) => Promise<boolean> | boolean;

/** @returns the detectors that were removed: a version that names one may have been published meanwhile */
async function removeEach(unused: readonly ListedDetector[], remove: Remove): Promise<number[]> {
  const removed: number[] = [];
  for (const { version } of unused) if (await remove(version)) removed.push(version);
  return removed;
}

async function removeConfirmed(
  unused: readonly ListedDetector[],
  remove: Remove,
  { registry, openPrompt: open }: { registry: { location: string }; openPrompt: () => Prompt },
): Promise<number[]> {
  if (unused.length === 0) return [];
  const prompt = open();
  try {
    return await removeEach(unused, async (version) => {
      const question = `Remove detector ${version} of ${registry.location}, which no version names?`;
      return (await prompt.confirm(question)) && remove(version);
    });
  } finally {
    prompt.close();
  }
}
