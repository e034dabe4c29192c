import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { installFromWheels, type InstallRequest } from './install.ts';
import type { Variant } from './pins.ts';
import { inspectHost } from './requirements.ts';
import { childProcessRunner, type RunCommand, SetupError } from './run-command.ts';
import { installOfficial, verifyTensorFlow } from './verify.ts';

/** Which TensorFlow to install, and from where. */
export interface SetupRequest {
  gpu: boolean;
  /** A TensorFlow wheel to use instead of downloading one. */
  wheel?: string;
  /** Replaces the pinned checksum of the wheel. */
  sha256?: string;
  /** Keeps libraries and addon; `face-age` in the user's cache by default. */
  cache?: string;
  /** Runs the installer of the tfjs package instead. */
  official: boolean;
}

/**
 * Installs native TensorFlow for tfjs and verifies that it loads.
 * @throws Error that lists what the machine lacks
 */
export async function setUpTensorFlow(
  request: SetupRequest,
  environment: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<void> {
  const run = childProcessRunner(environment);
  try {
    const packageDirectory = await install(request, environment, run, log);
    await verify(request.gpu, packageDirectory, run, log);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const faults = error.faults.map((fault) => `- ${fault}`);
    throw new Error(['TensorFlow could not be set up:', ...faults].join('\n'), { cause: error });
  }
}

/** @returns the folder of the tfjs package */
async function install(
  { gpu, wheel, sha256, cache, official }: SetupRequest,
  environment: NodeJS.ProcessEnv,
  run: RunCommand,
  log: (line: string) => void,
): Promise<string> {
  const variant: Variant = gpu ? 'gpu' : 'cpu';
  const packageDirectory = dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'),
  );
  if (official) {
    await installOfficial(packageDirectory, variant, environment.PATH ?? '', run);
    return packageDirectory;
  }
  const cacheDirectory = cache === undefined ? defaultCache(environment) : resolve(cache);
  const request: InstallRequest = {
    ...{ variant, cacheDirectory, packageDirectory },
    ...(wheel !== undefined && { wheel: resolve(wheel) }),
    ...(sha256 !== undefined && { sha256 }),
  };
  await installFromWheels(request, await inspectHost(cacheDirectory), run, log);
  return packageDirectory;
}

function defaultCache({ XDG_CACHE_HOME = '' }: NodeJS.ProcessEnv): string {
  const base = XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME;
  return join(base, 'face-age');
}

async function verify(
  gpu: boolean,
  packageDirectory: string,
  run: RunCommand,
  log: (line: string) => void,
): Promise<void> {
  const libraries = join(packageDirectory, 'deps/lib');
  const loaded = await verifyTensorFlow(run, gpu ? { LD_LIBRARY_PATH: libraries } : {});
  log(`TensorFlow ${loaded.tensorflow} is ready${loaded.gpu ? ', on a GPU' : ''}.`);
  if (!gpu) return;
  if (!loaded.gpu) log('No GPU is visible on this machine: TensorFlow will run on the CPU.');
  log(`The CUDA libraries are found with LD_LIBRARY_PATH=${libraries}`);
}
