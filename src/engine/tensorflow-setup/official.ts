import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Variant } from './pins.ts';
import { lastLines, type RunCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/**
 * Runs the package's own installer, which downloads a prebuilt libtensorflow and addon.
 * @param path the PATH to look for commands in.
 * @throws SetupError where it does not bring the library.
 */
export async function installOfficial(
  packageDirectory: string,
  variant: Variant,
  path: string,
  run: RunCommand,
): Promise<void> {
  const bin = join(packageDirectory, '../../.bin');
  const { exitCode, output } = await run(
    process.execPath,
    ['scripts/install.js', variant, 'download'],
    { cwd: packageDirectory, environment: { PATH: `${bin}${delimiter}${path}` } },
  );
  if (exitCode === 0 && existsSync(join(packageDirectory, 'deps/lib'))) return;
  throw new SetupError([`The official installer failed:\n${lastLines(output, 15)}`]);
}
