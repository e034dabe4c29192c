import type { Command } from 'commander';
import { inheritedEnvironment } from '../../common/config/config.ts';
import { createCommand, option } from '../command.ts';
import type { SetupRequest } from '../tensorflow-setup/setup.ts';

const setupOptions = [
  option('--gpu', 'the CUDA build and the NVIDIA libraries (a download of about 4 GB)', {
    default: false,
  }),
  option('--wheel <file>', 'use this TensorFlow wheel instead of downloading one with pip'),
  option(
    '--sha256 <hex>',
    'the checksum that the TensorFlow wheel must have, instead of the pinned one',
  ),
  option(
    '--cache <folder>',
    'where libraries and addon are kept (default: $XDG_CACHE_HOME/face-age or ~/.cache/face-age)',
  ),
  option(
    '--official',
    "run the installer of the tfjs package instead (TensorFlow 2.9, from that project's storage host)",
    { default: false },
  ),
];

/** `face-age setup-tensorflow`. */
export function setupTensorFlowCommand(): Command {
  return createCommand(
    'setup-tensorflow',
    'Installs native TensorFlow, which training and the engine "tensorflow" need. Serving on a CPU does not need it.',
    setupOptions,
  ).action(async (request: SetupRequest) => {
    const { setUpTensorFlow } = await import('../tensorflow-setup/setup.ts');
    await setUpTensorFlow(request, inheritedEnvironment(), (line) => console.log(line));
  });
}
