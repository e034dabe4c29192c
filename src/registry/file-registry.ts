import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import {
  RegistryError,
  aliasSchema,
  type Alias,
  type LocalArtifact,
  type ModelRegistry,
} from './registry.ts';

const ALIAS_FILE = /^([a-z0-9][a-z0-9._-]*)\.json$/;
const VERSION_FOLDER = /^[1-9]\d*$/;

/** Models in a folder: `<root>/<name>/<version>/manifest.json`, `<root>/<name>/aliases/<alias>.json`. */
export class FileRegistry implements ModelRegistry {
  readonly location: string;

  /** @param root an absolute path, or one relative to the working directory. */
  constructor(root: string) {
    this.location = root;
  }

  async readAlias(model: string, alias: string): Promise<Alias | undefined> {
    const path = join(this.location, model, 'aliases', `${alias}.json`);
    const text = await readText(path);
    return text === undefined ? undefined : parseAlias(text, path);
  }

  async listAliases(model: string): Promise<Record<string, Alias>> {
    const names = await listFolder(join(this.location, model, 'aliases'));
    const aliases: Record<string, Alias> = {};
    for (const file of names.toSorted()) {
      const name = ALIAS_FILE.exec(file)?.[1];
      const alias = name === undefined ? undefined : await this.readAlias(model, name);
      if (name !== undefined && alias !== undefined) aliases[name] = alias;
    }
    return aliases;
  }

  async listVersions(model: string): Promise<number[]> {
    const names = await listFolder(join(this.location, model));
    const versions: number[] = [];
    for (const name of names.filter((folder) => VERSION_FOLDER.test(folder))) {
      const files = await listFolder(join(this.location, model, name));
      if (files.includes('manifest.json')) versions.push(Number(name));
    }
    return versions.sort((a, b) => a - b);
  }

  async readManifest(model: string, version: number): Promise<Manifest> {
    const path = join(this.#folderOf(model, version), 'manifest.json');
    const text = await readText(path);
    if (text === undefined) throw new RegistryError(`${path} does not exist`);
    const manifest = parse(path, () => parseManifest(text));
    if (manifest.name !== model || manifest.version !== version) {
      throw new RegistryError(`${path} is that of ${manifest.name} ${manifest.version}`);
    }
    return manifest;
  }

  /** The files are local already: the artifact is used where it lies. */
  async fetchArtifact(model: string, version: number): Promise<LocalArtifact> {
    const manifest = await this.readManifest(model, version);
    return { directory: this.#folderOf(model, version), manifest };
  }

  #folderOf(model: string, version: number): string {
    return join(this.location, model, String(version));
  }
}

function parseAlias(text: string, path: string): Alias {
  return parse(path, () => {
    const parsed = aliasSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  });
}

function parse<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new RegistryError(`${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** Undefined where there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  return orWhereMissing(undefined, path, () => readFile(path, 'utf8'));
}

/** No names where there is no such folder. */
async function listFolder(path: string): Promise<string[]> {
  return orWhereMissing([], path, () => readdir(path));
}

async function orWhereMissing<Result>(
  missing: Result,
  path: string,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing;
    throw new RegistryError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
