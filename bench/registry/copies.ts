import { join } from 'node:path';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { LocalArtifact, RegistryWriter } from '../../src/registry/registry.ts';

/** The newest version of the repository, and the numbers of its copies in another registry. */
export interface Copies {
  artifact: LocalArtifact;
  versions: number[];
}

/** Publishes the newest version of the repository several times over. */
export async function publishCopies(
  registry: RegistryWriter,
  name: string,
  count: number,
): Promise<Copies> {
  const source = new FileRegistry(join(import.meta.dirname, '../../models'));
  const newest = (await source.listVersions(name)).at(-1)!;
  const artifact = await source.fetchArtifact(name, newest);
  const { directory, manifest } = artifact;
  const files = new Map(
    manifest.files.map(({ path }) => [path, { file: join(directory, path) }] as const),
  );
  const versions: number[] = [];
  while (versions.length < count)
    versions.push(await registry.publish({ name, at: () => Promise.resolve({ manifest, files }) }));
  return { artifact, versions };
}
