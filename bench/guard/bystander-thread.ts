import { parentPort, workerData } from 'node:worker_threads';
import type { BystanderOptions, BystanderRequest } from './bystander.ts';
import { SteadyClient } from './steady-client.ts';

const client = new SteadyClient(workerData as BystanderOptions);
client.start();
parentPort!.on('message', (request: BystanderRequest) => void answer(request));

async function answer(request: BystanderRequest): Promise<void> {
  if (request === 'stop') await client.stop();
  parentPort!.postMessage(client.take());
}
