import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Why native TensorFlow is unavailable, found without loading it; undefined if it seems to be available. */
export function tensorFlowObstacle(): string | undefined {
  const folder = packageFolder();
  if (folder === undefined) return 'it has no TensorFlow (the CPU image has none).';
  return hasAddon(folder) ? undefined : 'TensorFlow is not set up; run `npm run setup:tensorflow`.';
}

function packageFolder(): string | undefined {
  try {
    return path.dirname(
      createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'),
    );
  } catch {
    return undefined;
  }
}

/** Whether the addon exists for any N-API version; only loading it shows whether it works. */
function hasAddon(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some((name) => existsSync(path.join(lib, name, 'tfjs_binding.node')));
}
