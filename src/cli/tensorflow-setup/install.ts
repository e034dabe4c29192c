import { existsSync } from 'node:fs';
import { addonCachePath, ensureAddon } from './addon.ts';
import { ensureLibrary, libraryDirectory, type LibraryRequest } from './library.ts';
import { linkLibrary } from './links.ts';
import { type Host, assertRequirements, type Work } from './requirements.ts';
import type { RunCommand } from './run-command.ts';

export interface InstallRequest extends LibraryRequest {
  /** Folder of the installed tfjs-node package. */
  readonly packageDirectory: string;
}

/**
 * Installs TensorFlow from Python's wheels into the tfjs-node package: fetch, unpack, link, build.
 * Does only what is not done yet.
 * @throws SetupError naming what the machine lacks.
 */
export async function installFromWheels(
  request: InstallRequest,
  host: Host,
  run: RunCommand,
  say: (line: string) => void,
): Promise<void> {
  const addon = addonCachePath(request.cacheDirectory, host);
  const work = remainingWork(request, addon);
  await assertRequirements(work, request.variant, host, run);
  const library = await ensureLibrary(request, run, say);
  say(`libraries: ${library}`);
  await linkLibrary(library, request.packageDirectory);
  if (work.build) say('building the addon');
  await ensureAddon(request.packageDirectory, addon, host, run);
}

function remainingWork(request: InstallRequest, addon: string): Work {
  const unpack = !existsSync(libraryDirectory(request));
  const download = unpack && (request.wheel === undefined || request.variant === 'gpu');
  return { download, unpack, build: !existsSync(addon) };
}
