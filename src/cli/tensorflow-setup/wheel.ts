import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { wheelTags, type WheelPin } from './pins.ts';
import { lastLines, type RunCommand, SetupError } from './run-command.ts';

/**
 * Lets pip fetch one wheel into an empty folder of its own.
 * @returns the wheel's path.
 * @throws SetupError where no index offers it, or none answers.
 */
export async function downloadWheel(
  pin: WheelPin,
  directory: string,
  run: RunCommand,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const args = ['download', '--no-deps', '--only-binary=:all:', ...wheelTags, '--no-input'];
  const quiet = ['--progress-bar=off', '--disable-pip-version-check'];
  const { exitCode, output } = await run('python3', [
    ...['-m', 'pip', ...args, ...quiet],
    ...['--dest', directory, pin.requirement],
  ]);
  const wheel = (await readdir(directory)).find((name) => name.endsWith('.whl'));
  if (exitCode !== 0 || wheel === undefined) throw new SetupError([downloadFault(pin, output)]);
  return join(directory, wheel);
}

function downloadFault(pin: WheelPin, output: string): string {
  const why = output.includes('No space left on device')
    ? 'the disk is full'
    : /NewConnectionError|ConnectTimeout|ProxyError|ReadTimeout/.test(output)
      ? 'no index that answered offers it'
      : output.includes('No matching distribution')
        ? 'the index does not offer it'
        : 'pip failed';
  return (
    `pip could not fetch ${pin.requirement}: ${why}. Point pip at an index that has it ` +
    `(PIP_INDEX_URL, PIP_FIND_LINKS), or give the file: --wheel FILE.\n${lastLines(output)}`
  );
}

/**
 * @returns the wheel's SHA-256, in hex.
 * @throws SetupError where it is not the expected one.
 */
export async function verifyChecksum(wheel: string, expected: string | undefined): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(wheel), hash);
  } catch (cause) {
    throw new SetupError([`${wheel} cannot be read: ${(cause as Error).message}`]);
  }
  const actual = hash.digest('hex');
  if (expected !== undefined && actual !== expected.toLowerCase()) {
    throw new SetupError([
      `${basename(wheel)} has checksum ${actual}, expected ${expected}. ` +
        'It is damaged or another build; a build that you trust is named with --sha256 HEX.',
    ]);
  }
  return actual;
}

/** `python3 -m zipfile` would unpack everything, more than twice of what is needed. */
const unpackProgram = `
import fnmatch, sys, zipfile
wheel, directory, *patterns = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [n for n in archive.namelist() if any(fnmatch.fnmatchcase(n, p) for p in patterns)]
    if not names: sys.exit("nothing in it matches " + " ".join(patterns))
    archive.extractall(directory, names)
`;

/** Unpacks the pinned members of a wheel; zip's own checks cover each. */
export async function unpackWheel(
  wheel: string,
  members: readonly string[],
  directory: string,
  run: RunCommand,
): Promise<void> {
  const { exitCode, output } = await run('python3', [
    ...['-c', unpackProgram, wheel, directory],
    ...members,
  ]);
  if (exitCode === 0) return;
  throw new SetupError([`${basename(wheel)} could not be unpacked:\n${lastLines(output)}`]);
}
