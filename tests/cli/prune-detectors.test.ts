import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prompt } from '../../src/cli/prompt.ts';
import { pruneDetectors } from '../../src/cli/prune-detectors.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { exampleDetector } from '../support/models/example-detector.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const now = new Date('2026-06-01T12:00:00Z');

let folder: ModelFolder;
let registry: FileRegistry;
beforeEach(async () => {
  folder = await createModelFolder();
  registry = new FileRegistry(folder.root);
});
afterEach(() => folder.remove());

/** Stores a detector that was written some time ago. */
async function storeDetector(version: number, ageMs: number): Promise<void> {
  const written = new Date(now.getTime() - ageMs);
  for (const [key, content] of exampleDetector(version).files) {
    await folder.put(key, content);
    await utimes(path.join(folder.root, key), written, written);
  }
}

/** A prompt with these answers, which records what it was asked. */
function prompting(...answers: boolean[]) {
  const asked: string[] = [];
  const openPrompt = (): Prompt => ({
    confirm: (question) => Promise.resolve(asked.push(question) > 0 && answers.shift() === true),
    close: () => undefined,
  });
  return { asked, environment: { openPrompt, now } };
}

const prune = async (options: { yes?: boolean; dryRun?: boolean }, ...answers: boolean[]) => {
  const { asked, environment } = prompting(...answers);
  const given = { yes: false, dryRun: false, ...options };
  const { data } = await pruneDetectors({ registry }, given, environment);
  return { asked, ...(data as { removed: number[]; kept: number[] }) };
};

describe('models prune --detectors', () => {
  it('removes the detectors that no version of any model names and that are older than a day', async () => {
    for (const version of [1, 2, 3]) await storeDetector(version, 2 * DAY_MS);
    await storeDetector(4, DAY_MS - 1000);
    await folder.writeVersion(1, { framing: exampleDetector(2).framing });
    const other = await createModelFolder('other');
    const manifest = await other.writeVersion(7, { framing: exampleDetector(3).framing });
    await other.remove();
    await folder.put('other/7/manifest.json', JSON.stringify(manifest));
    expect(await prune({ yes: true })).toMatchObject({ removed: [1], kept: [2, 3, 4], asked: [] });
    expect((await registry.listDetectors()).map(({ version }) => version)).toEqual([2, 3, 4]);
  });

  it('asks before each removal and shows what it would remove without asking', async () => {
    for (const version of [1, 2]) await storeDetector(version, 2 * DAY_MS);
    expect(await prune({ dryRun: true })).toMatchObject({ removed: [1, 2], asked: [] });
    const { asked, removed } = await prune({}, false, true);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatch(/^Remove detector 1 of /);
    expect(removed).toEqual([2]);
    expect((await registry.listDetectors()).map(({ version }) => version)).toEqual([1]);
  });

  it('keeps a detector for which a version is published while the question is open', async () => {
    await storeDetector(2, 2 * DAY_MS);
    const { framing } = exampleDetector(2);
    const openPrompt = (): Prompt => ({
      confirm: async () => {
        await folder.writeVersion(1, { framing });
        return true;
      },
      close: () => undefined,
    });
    const options = { yes: false, dryRun: false };
    const { data } = await pruneDetectors({ registry }, options, { openPrompt, now });
    expect(data).toMatchObject({ removed: [], kept: [2] });
    await expect(registry.fetchDetector(exampleDetector(2).reference)).resolves.toBeDefined();
  });

  it('removes nothing while a manifest cannot be read', async () => {
    await storeDetector(2, 2 * DAY_MS);
    await folder.write('1/manifest.json', '{}');
    await expect(prune({ yes: true })).rejects.toThrow(/1\/manifest\.json cannot be used/);
    expect(await folder.list()).toHaveLength(3);
  });
});
