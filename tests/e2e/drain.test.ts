import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClientLoad } from '../support/client-load.ts';
import { eventually } from '../support/eventually.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

const CONNECTIONS = 16;

let folder: ModelFolder;
let service: ServiceProcess;
let load: ClientLoad | undefined;
beforeAll(async () => {
  folder = await createModelFolder();
  await writeTinyArtifact(folder);
  await folder.writeAlias('production', 1);
});
afterEach(async () => {
  service.child.kill('SIGKILL');
  await load?.stop();
});
afterAll(() => folder.remove());

describe('a service that is stopped under load', { timeout: 300_000 }, () => {
  it.each([0, 100])(
    'answers every request sent before SIGTERM, and exits with 0 (signal after %d ms)',
    async (afterMs) => {
      service = startService({ MODEL_REGISTRY: folder.root, ENGINE: 'onnxruntime' });
      const { address } = await service.untilLogged('listening');
      await service.untilLogged('model serves');
      const url = `${String(address)}/v1/predict`;
      load = new ClientLoad({ url, photo: await grayJpeg(100), connections: CONNECTIONS });
      const { requests } = load;
      await eventually(() => expect(requests.length).toBeGreaterThan(2 * CONNECTIONS));
      await delay(afterMs);
      const signalMs = performance.now();
      service.child.kill('SIGTERM');
      expect(await service.ended).toEqual({ code: 0, signal: null });
      await load.stop();
      const before = requests.filter(({ sentMs }) => sentMs <= signalMs);
      expect(before.filter(({ outcome }) => outcome !== 200)).toEqual([]);
      expect(before.length).toBeGreaterThan(2 * CONNECTIONS);
    },
  );
});
