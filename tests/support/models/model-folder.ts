import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { exampleContent, exampleManifest } from './example-manifest.ts';

/** A registry in a temporary folder. */
export interface ModelFolder {
  readonly root: string;
  readonly writeVersion: (version: number, overrides?: Partial<Manifest>) => Promise<Manifest>;
  readonly writeAlias: (alias: string, version: number) => Promise<void>;
  /** Writes a file, given its path relative to the model's folder. */
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  /** Writes a file, given its path relative to the registry's folder. */
  readonly put: (path: string, content: string | Uint8Array) => Promise<void>;
  /** Returns the sorted paths of all files in the model's folder. */
  readonly list: () => Promise<string[]>;
  readonly remove: () => Promise<void>;
}

export async function createModelFolder(model = 'face-age'): Promise<ModelFolder> {
  const root = await mkdtemp(join(tmpdir(), 'face-age-models-'));
  const put: ModelFolder['put'] = async (path, content) => {
    const file = join(root, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  };
  const write: ModelFolder['write'] = async (path, content) => {
    await put(join(model, path), content);
  };
  return {
    root,
    write,
    put,
    writeVersion: async (version, overrides = {}) => {
      const manifest = exampleManifest({ name: model, version, ...overrides });
      await write(`${version}/model.onnx`, exampleContent);
      await write(`${version}/manifest.json`, JSON.stringify(manifest));
      return manifest;
    },
    writeAlias: (alias, version) =>
      write(
        `aliases/${alias}.json`,
        JSON.stringify({ version, updatedAt: '2024-01-01T00:00:00Z', by: 'tests' }),
      ),
    list: async () => {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return files
        .map((entry) => relative(join(root, model), join(entry.parentPath, entry.name)))
        .toSorted();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
