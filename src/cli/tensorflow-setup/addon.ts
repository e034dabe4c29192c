import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tensorflowVersion } from './pins.ts';
import type { Host } from './requirements.ts';
import { lastLines, type RunCommand, SetupError } from './run-command.ts';

const addonName = 'tfjs_binding.node';

/** Where the built addon lies: it fits one Node ABI and one TensorFlow. */
export function addonCachePath(cacheDirectory: string, host: Host): string {
  return join(
    cacheDirectory,
    `addon-node-${host.nodeAbi}-tensorflow-${tensorflowVersion}`,
    addonName,
  );
}

/**
 * Puts the addon into the tfjs-node package, from the cache or built against `deps/`.
 * @throws SetupError where the build fails.
 */
export async function ensureAddon(
  packageDirectory: string,
  cached: string,
  host: Host,
  run: RunCommand,
): Promise<void> {
  const installed = await installedAddonPath(packageDirectory);
  if (!existsSync(cached)) {
    await buildAddon(packageDirectory, host, run);
    await copyWhole(installed, cached);
    await removeBuildFolders(packageDirectory);
  } else if (!(await sameContent(installed, cached))) {
    await copyWhole(cached, installed);
  }
}

/** node-pre-gyp names the folder after the highest listed N-API version that this Node has. */
async function installedAddonPath(packageDirectory: string): Promise<string> {
  const text = await readFile(join(packageDirectory, 'package.json'), 'utf8');
  const { binary } = JSON.parse(text) as { binary: { napi_versions: number[] } };
  const supported = Number(process.versions.napi);
  const version = Math.max(...binary.napi_versions.filter((listed) => listed <= supported));
  return join(packageDirectory, 'lib', `napi-v${version}`, addonName);
}

async function buildAddon(packageDirectory: string, host: Host, run: RunCommand): Promise<void> {
  const resolve = createRequire(join(packageDirectory, 'package.json')).resolve;
  const nodePreGyp = resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
  const headers = host.nodeHeaders === undefined ? [] : [`--nodedir=${host.nodeHeaders}`];
  const { exitCode, output } = await run(
    process.execPath,
    [nodePreGyp, 'install', '--build-from-source', ...headers],
    { cwd: packageDirectory },
  );
  const built = await installedAddonPath(packageDirectory);
  if (exitCode === 0 && existsSync(built)) return;
  throw new SetupError([`${buildFault(host, output)}\n${lastLines(output, 15)}`]);
}

function buildFault(host: Host, output: string): string {
  if (output.includes('No space left on device'))
    return 'The addon was not built: the disk is full.';
  if (host.nodeHeaders === undefined && /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|403/.test(output)) {
    return (
      `The addon was not built: Node ${host.nodeVersion} has no headers beside it ` +
      '(include/node) and they could not be downloaded. Install the Node archive or package that ' +
      'brings them (Debian: libnode-dev; the official archives and images have them).'
    );
  }
  return 'The addon was not built.';
}

async function sameContent(left: string, right: string): Promise<boolean> {
  if (!existsSync(left)) return false;
  const [leftBytes, rightBytes] = await Promise.all([readFile(left), readFile(right)]);
  return leftBytes.equals(rightBytes);
}

/** A process may have the old file mapped, and another may read the new one: never written in place. */
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const fresh = `${to}.${process.pid}`;
  await copyFile(from, fresh);
  await rename(fresh, to);
}

async function removeBuildFolders(packageDirectory: string): Promise<void> {
  const names = (await readdir(packageDirectory)).filter((name) => /^build(?:-tmp|$)/.test(name));
  for (const name of names) {
    await rm(join(packageDirectory, name), { recursive: true, force: true });
  }
}
