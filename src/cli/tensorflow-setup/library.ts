import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tensorflowVersion, wheelPins, type Variant, type WheelPin } from './pins.ts';
import type { RunCommand } from './run-command.ts';
import { downloadWheel, unpackWheel, verifyChecksum } from './wheel.ts';

export interface LibraryRequest {
  readonly variant: Variant;
  readonly cacheDirectory: string;
  /** A TensorFlow wheel at hand; pip fetches it otherwise. */
  readonly wheel?: string;
  /** Replaces the pinned checksum of the TensorFlow wheel. */
  readonly sha256?: string;
}

const partialPrefix = '.partial-';
const dayMs = 24 * 60 * 60 * 1000;

/** Where a variant's libraries lie. Invariant: the folder exists only when it is complete. */
export function libraryDirectory(request: LibraryRequest): string {
  const build = request.sha256 === undefined ? '' : `-${request.sha256.slice(0, 12).toLowerCase()}`;
  return join(request.cacheDirectory, `tensorflow-${tensorflowVersion}-${request.variant}${build}`);
}

/**
 * Fills the cache with a variant's libraries unless they are there.
 * They are unpacked aside and renamed into place, so an interrupted run leaves no half a library.
 * @returns their folder.
 * @throws SetupError
 */
export async function ensureLibrary(
  request: LibraryRequest,
  run: RunCommand,
  say: (line: string) => void,
): Promise<string> {
  const directory = libraryDirectory(request);
  if (existsSync(directory)) return directory;
  await mkdir(request.cacheDirectory, { recursive: true });
  await removeStalePartials(request.cacheDirectory);
  const partial = await mkdtemp(join(request.cacheDirectory, partialPrefix));
  try {
    await fillLibrary(request, partial, run, say);
    await renameUnlessPresent(join(partial, 'library'), directory);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return directory;
}

async function fillLibrary(
  request: LibraryRequest,
  partial: string,
  run: RunCommand,
  say: (line: string) => void,
): Promise<void> {
  const library = join(partial, 'library');
  await mkdir(library);
  const sources: Record<string, string> = {};
  for (const [index, pin] of requestedPins(request).entries()) {
    const given = index === 0 ? request.wheel : undefined;
    say(given === undefined ? `fetching ${pin.requirement}` : `reading ${given}`);
    const download = join(partial, 'download');
    const wheel = given ?? (await downloadWheel(pin, download, run));
    sources[pin.requirement] = await verifyChecksum(wheel, pin.sha256);
    if (pin.sha256 === undefined) {
      say(`  no checksum is pinned for it; it has sha256 ${sources[pin.requirement] ?? ''}`);
    }
    await unpackWheel(wheel, pin.members, library, run);
    await rm(download, { recursive: true, force: true });
  }
  await writeFile(join(library, 'sources.json'), `${JSON.stringify(sources, null, 2)}\n`);
}

function requestedPins(request: LibraryRequest): readonly WheelPin[] {
  const [tensorflow, ...others] = wheelPins(request.variant);
  return [{ ...tensorflow!, sha256: request.sha256 ?? tensorflow!.sha256 }, ...others];
}

/** Two runs may fill the cache at once: the first to finish wins, their contents are the same. */
async function renameUnlessPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** A killed run leaves its folder behind; one of another run that still works is younger. */
async function removeStalePartials(cacheDirectory: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    if (!name.startsWith(partialPrefix)) continue;
    const path = join(cacheDirectory, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > dayMs) await rm(path, { recursive: true, force: true });
  }
}
