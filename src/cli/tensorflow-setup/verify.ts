import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { ownProgram } from '../../common/process/own-program.ts';
import type { Variant } from './pins.ts';
import { lastLines, type RunCommand, SetupError } from './run-command.ts';

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

const loadedSchema = z.object({ backend: z.string(), tensorflow: z.string(), gpu: z.boolean() });

/** What a process that loads TensorFlow finds. */
export type LoadedTensorFlow = z.infer<typeof loadedSchema>;

/**
 * Loads TensorFlow in a child process, the way the service does.
 * @throws SetupError where it does not load, or is not native.
 */
export async function verifyTensorFlow(
  run: RunCommand,
  environment: Readonly<Record<string, string>> = {},
): Promise<LoadedTensorFlow> {
  const { file, args } = ownProgram('src/cli/tensorflow-setup/load-check');
  const { exitCode, output } = await run(file, args, { environment });
  const line = output.split('\n').findLast((text) => text.startsWith('{"backend"'));
  if (exitCode !== 0 || line === undefined) {
    throw new SetupError([`TensorFlow is installed but does not load:\n${lastLines(output, 15)}`]);
  }
  const loaded = loadedSchema.parse(JSON.parse(line));
  if (loaded.backend === 'tensorflow') return loaded;
  throw new SetupError([`tfjs chose the backend ${loaded.backend} instead of tensorflow.`]);
}
