import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';

/** A manifest for versions of one file, `model.onnx`: that of the version that is served out of the box. */
export async function templateManifest(name: string): Promise<Manifest> {
  const shipped = new FileRegistry('models');
  const alias = await shipped.readAlias(name, 'production');
  return { ...(await shipped.readManifest(name, alias!.version)), int8: undefined };
}
