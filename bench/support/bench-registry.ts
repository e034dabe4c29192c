import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { promote } from '../../src/registry/promotion.ts';
import { projectRoot } from './server-process.ts';

export const modelName = 'face-age';

/** A temporary registry of the scene's own. */
export interface BenchRegistry {
  root: string;
  registry: FileRegistry;
  /** Moves an alias; weight is the share of clients of a canary. */
  move: (alias: string, version: number, weight?: number) => Promise<void>;
}

/** The registry in this repository. */
export const shippedRegistry = (): FileRegistry => new FileRegistry(join(projectRoot, 'models'));

/** Runs the work on a new, empty registry and removes it afterwards. */
export async function withRegistry<Result>(
  work: (registry: BenchRegistry) => Promise<Result>,
): Promise<Result> {
  const root = await mkdtemp(join(tmpdir(), 'face-age-bench-'));
  const registry = new FileRegistry(root);
  const by = { model: modelName, by: 'bench', reason: 'bench' };
  try {
    return await work({
      root,
      registry,
      move: async (alias, version, weight) => {
        await promote(registry, version, { ...by, alias, weight });
      },
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/**
 * Publishes the version that production serves in this repository several times over.
 * @returns the numbers of the copies: 1 … count
 */
export async function publishCopies(registry: FileRegistry, count: number): Promise<number[]> {
  const source = shippedRegistry();
  const alias = await source.readAlias(modelName, 'production');
  const { directory, manifest } = await source.fetchArtifact(modelName, alias!.version);
  const files = new Map(
    manifest.files.map(({ path }) => [path, { file: join(directory, path) }] as const),
  );
  const versions: number[] = [];
  while (versions.length < count) {
    const at = () => Promise.resolve({ manifest, files });
    versions.push(await registry.publish({ name: modelName, at }));
  }
  return versions;
}
