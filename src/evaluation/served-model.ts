import { z } from 'zod';
import { engineNames, precisions, type Precision } from '../inference/engine/engine.ts';
import { toldManifestSchema } from '../registry/manifest.ts';
import { ServiceAnswerError, getFromService } from './service-request.ts';

const servedSchema = z.object({
  current: z
    .object({
      version: z.int().positive(),
      engine: z.enum(engineNames),
      device: z.enum(['cpu', 'gpu']),
      precision: z.enum(precisions),
    })
    .nullable(),
});
const versionSchema = z.object({ manifest: toldManifestSchema });

/** The version that a service answers with. */
export interface ServedModel {
  manifest: z.infer<typeof versionSchema>['manifest'];
  engine: (typeof engineNames)[number];
  device: 'cpu' | 'gpu';
  precision: Precision;
}

/**
 * Asks a running service which version serves.
 * @param origin such as `http://localhost:3000`
 * @throws ServiceAnswerError where it cannot be reached, or no model serves.
 */
export async function askServedModel(origin: string): Promise<ServedModel> {
  const { current } = await getFromService(new URL('/v1/models', origin), servedSchema);
  if (current === null) throw new ServiceAnswerError(`${origin} serves no model yet; try later.`);
  const { version, engine, device, precision } = current;
  const url = new URL(`/v1/models/${version}`, origin);
  const { manifest } = await getFromService(url, versionSchema);
  return { manifest, engine, device, precision };
}
