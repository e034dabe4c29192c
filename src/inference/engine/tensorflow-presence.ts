import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Why native TensorFlow cannot be here, found without loading it; undefined where it seems to be. */
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

/** The addon, under any N-API version; whether it loads only loading tells. */
function hasAddon(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some((name) => existsSync(path.join(lib, name, 'tfjs_binding.node')));
}
