/** Installs native TensorFlow for tfjs: `npm run setup:tensorflow -- --help`. */
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installFromWheels } from '../src/cli/tensorflow-setup/install.ts';
import { inspectHost } from '../src/cli/tensorflow-setup/requirements.ts';
import { childProcessRunner, SetupError } from '../src/cli/tensorflow-setup/run-command.ts';
import { installOfficial, verifyTensorFlow } from '../src/cli/tensorflow-setup/verify.ts';

const help = `npm run setup:tensorflow -- [options]

Installs native TensorFlow: training needs it, and the engine "tensorflow". Serving on a CPU does not.
  --gpu          the CUDA build and NVIDIA's libraries (about 4 GB to fetch)
  --wheel FILE   take this TensorFlow wheel instead of asking pip for it
  --sha256 HEX   the checksum that the TensorFlow wheel must have, instead of the pinned one
  --cache DIR    keep libraries and addon here (default: $XDG_CACHE_HOME/face-age or ~/.cache/face-age)
  --official     run the tfjs package's own installer instead (TensorFlow 2.9, from its storage host)`;

const { values: options } = parseArgs({
  options: {
    gpu: { type: 'boolean', default: false },
    wheel: { type: 'string' },
    sha256: { type: 'string' },
    cache: { type: 'string' },
    official: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function cacheDirectory(): string {
  if (options.cache !== undefined) return resolve(options.cache);
  const base = process.env.XDG_CACHE_HOME ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'face-age');
}

async function main(): Promise<void> {
  const say = (line: string) => console.log(line);
  const run = childProcessRunner(process.env);
  const variant = options.gpu ? 'gpu' : 'cpu';
  const packageDirectory = dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'),
  );
  if (options.official) {
    await installOfficial(packageDirectory, variant, process.env.PATH ?? '', run);
  } else {
    const request = {
      variant,
      cacheDirectory: cacheDirectory(),
      packageDirectory,
      ...(options.wheel !== undefined && { wheel: resolve(options.wheel) }),
      ...(options.sha256 !== undefined && { sha256: options.sha256 }),
    } as const;
    await installFromWheels(request, await inspectHost(request.cacheDirectory), run, say);
  }
  const libraries = join(packageDirectory, 'deps/lib');
  const loaded = await verifyTensorFlow(run, options.gpu ? { LD_LIBRARY_PATH: libraries } : {});
  say(`TensorFlow ${loaded.tensorflow} is ready${loaded.gpu ? ', on a GPU' : ''}.`);
  if (!options.gpu) return;
  if (!loaded.gpu) say('No GPU is visible here: it will compute on the CPU.');
  say(`The CUDA libraries are found with LD_LIBRARY_PATH=${libraries}`);
}

if (options.help) {
  console.log(help);
} else {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error('TensorFlow could not be set up:');
    for (const fault of error.faults) console.error(`- ${fault}`);
    process.exitCode = 1;
  }
}
