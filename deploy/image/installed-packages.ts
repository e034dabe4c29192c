import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const licenseSchema = z.union([z.string(), z.looseObject({ type: z.string() })]);
const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: licenseSchema.optional(),
  /** The form before SPDX expressions. */
  licenses: z.array(z.looseObject({ type: z.string() })).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

export interface InstalledPackage {
  name: string;
  version: string;
  /** The SPDX expression in its package.json. */
  license: string | undefined;
  /** Its own folder. */
  folder: string;
  dependencies: string[];
}

function readPackage(folder: string): InstalledPackage {
  const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
  const found = packageSchema.parse(JSON.parse(text));
  const {
    name,
    version,
    license = found.licenses?.[0],
    dependencies,
    optionalDependencies,
  } = found;
  return {
    name,
    version,
    folder,
    license: typeof license === 'object' ? license.type : license,
    dependencies: Object.keys({ ...dependencies, ...optionalDependencies }),
  };
}

/** Every package in the folder's `node_modules`, also in those of packages. */
export function installedPackages(root: string): InstalledPackage[] {
  const modules = path.join(root, 'node_modules');
  if (!existsSync(modules)) return [];
  const folders = readdirSync(modules, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap(({ name }) =>
      name.startsWith('@')
        ? readdirSync(path.join(modules, name)).map((own) => path.join(modules, name, own))
        : [path.join(modules, name)],
    );
  return folders
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .flatMap((folder) => [readPackage(folder), ...installedPackages(folder)]);
}

/** Dependencies that only install or build a package, which the image never does. */
const BUILD_ONLY: Readonly<Record<string, readonly string[]>> = {
  '@julusian/jpeg-turbo': ['cmake-js', 'node-addon-api'],
};

/**
 * The packages that nothing needs when the service runs.
 * @param root the folder of package.json and node_modules
 */
export function unusedPackages(root: string): InstalledPackage[] {
  const packages = installedPackages(root);
  const byFolder = new Map(packages.map((each) => [each.folder, each]));
  const used = new Set<InstalledPackage>();
  const visit = (name: string, from: string): void => {
    const found = resolvePackage(name, from, root, byFolder);
    if (found === undefined || used.has(found)) return;
    used.add(found);
    const unneeded = BUILD_ONLY[found.name] ?? [];
    for (const next of found.dependencies) if (!unneeded.includes(next)) visit(next, found.folder);
  };
  for (const name of readPackage(root).dependencies) visit(name, root);
  return packages.filter((each) => !used.has(each));
}

/** The nearest `node_modules` counts, as Node resolves it; an optional package may be missing. */
function resolvePackage(
  name: string,
  from: string,
  root: string,
  byFolder: ReadonlyMap<string, InstalledPackage>,
): InstalledPackage | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = byFolder.get(path.join(folder, 'node_modules', name));
    if (found !== undefined || folder === root || folder === path.dirname(folder)) return found;
  }
}
