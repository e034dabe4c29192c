import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Links an unpacked library into `deps/` of the tfjs-node package, where the addon is built
 * against it and looks for it. The loader takes `$ORIGIN` from the path of the link, so
 * everything that the libraries open by name must have its link in the same `deps/lib`.
 */
export async function linkLibrary(library: string, packageDirectory: string): Promise<void> {
  const deps = join(packageDirectory, 'deps');
  const links = await expectedLinks(library);
  if (await holdsExactly(deps, links)) return;
  const fresh = `${deps}-${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  for (const [path, target] of links) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    await symlink(target, join(fresh, path));
  }
  await rm(deps, { recursive: true, force: true });
  await rename(fresh, deps);
}

async function expectedLinks(library: string): Promise<Map<string, string>> {
  const core = join(library, 'tensorflow/libtensorflow_cc.so.2');
  const framework = join(library, 'tensorflow/libtensorflow_framework.so.2');
  return new Map([
    ['include', join(library, 'tensorflow/include')],
    ['lib/libtensorflow.so', core],
    ['lib/libtensorflow_cc.so.2', core],
    ['lib/libtensorflow_framework.so', framework],
    ['lib/libtensorflow_framework.so.2', framework],
    ...(await cudaLinks(join(library, 'nvidia'))),
  ]);
}

async function cudaLinks(nvidia: string): Promise<[string, string][]> {
  if (!existsSync(nvidia)) return [];
  const links: [string, string][] = [];
  for (const part of await readdir(nvidia)) {
    const directory = join(nvidia, part, 'lib');
    if (!existsSync(directory)) continue;
    const names = (await readdir(directory)).filter((name) => /\.so(?:\.|$)/.test(name));
    links.push(...names.map((name): [string, string] => [`lib/${name}`, join(directory, name)]));
  }
  return links;
}

async function holdsExactly(deps: string, links: Map<string, string>): Promise<boolean> {
  if (!existsSync(join(deps, 'lib'))) return false;
  const present = (await readdir(join(deps, 'lib'))).length + 1;
  if (present !== links.size) return false;
  const matches = [...links].map(async ([path, target]) => {
    const link = await lstat(join(deps, path)).catch(() => undefined);
    return link?.isSymbolicLink() === true && (await readlink(join(deps, path))) === target;
  });
  return (await Promise.all(matches)).every(Boolean);
}
