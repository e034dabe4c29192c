import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import { startCommand } from '../../../support/command.ts';
import { ADMIN_TOKEN, type Scene } from './workplace.ts';

const CLIENTS = 4;
const POLL_SECONDS = 1;

const answerSchema = z.object({
  model: z.object({ version: z.int() }),
  predictions: z.array(z.object({ age: z.object({ mean: z.number() }) })).length(1),
});

/** A server under continuous load from clients. */
export interface LiveService {
  address: string;
  /** Sends one request; returns the version that answers and the age that it predicts. */
  ask: () => Promise<{ version: number; age: number }>;
  /** Resolves when the version answers requests. */
  untilAnsweredBy: (version: number) => Promise<void>;
  /** Stops the server and returns what the clients have seen. @throws Error if a request failed */
  stop: () => Promise<{ requests: number; versions: number[] }>;
}

/** Runs work while a server with the scene's registry is under load; stops the server if the work fails. */
export async function besideLiveService<Result>(
  scene: Scene,
  work: (service: LiveService) => Promise<Result>,
): Promise<Result> {
  const { abandon, ...service } = await startLiveService(scene);
  try {
    return await work(service);
  } catch (error) {
    abandon();
    throw error;
  }
}

async function startLiveService({
  environment,
}: Scene): Promise<LiveService & { abandon: () => void }> {
  const service = startCommand('src/main.ts', [], {
    ...environment,
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_TOKEN,
    REGISTRY_POLL_SECONDS: String(POLL_SECONDS),
  });
  const [, address] = await service.until(/"address":"([^"]+)"/);
  while ((await fetch(`${address}/readyz`)).status !== 200) await setTimeout(50);
  const clients = startClients(address!);
  return {
    address: address!,
    ask: () => predict(address!),
    untilAnsweredBy: async (version) => {
      while ((await predict(address!)).version !== version) await setTimeout(100);
    },
    stop: async () => {
      const seen = await clients.stop();
      service.child.kill('SIGTERM');
      await service.done();
      return seen;
    },
    abandon: () => {
      clients.leave();
      service.child.kill('SIGKILL');
    },
  };
}

const photo = new Uint8Array(drawFaceJpeg({ age: 35, seed: 6_000_000 }));

/** @throws Error if the response is an error */
async function predict(address: string): Promise<{ version: number; age: number }> {
  const response = await fetch(`${address}/v1/predict`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: photo,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const { model, predictions } = answerSchema.parse(await response.json());
  return { version: model.version, age: predictions[0]!.age.mean };
}

function startClients(address: string) {
  let stopped = false;
  let requests = 0;
  const versions: number[] = [];
  const failures: unknown[] = [];
  const client = async (): Promise<void> => {
    while (!stopped) {
      requests += 1;
      await predict(address)
        .then(({ version }) => {
          if (!versions.includes(version)) versions.push(version);
        })
        .catch((error: unknown) => failures.push(error));
      // Leaves the processor to the training.
      await setTimeout(50);
    }
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    leave: () => void (stopped = true),
    stop: async () => {
      stopped = true;
      await all;
      if (failures.length > 0)
        throw new Error(`${failures.length} of ${requests} requests failed`, {
          cause: failures[0],
        });
      return { requests, versions };
    },
  };
}
