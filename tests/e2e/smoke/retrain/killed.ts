import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { verifyArtifact } from '../../../../src/registry/loading/verify-artifact.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import { readRetrainStatus, retrainStages } from '../../../../src/registry/retrain-record.ts';
import type { RetrainWorkplace, Scene } from './workplace.ts';

const MODEL = 'face-age';
const WATCH_MS = 2;

type Stage = (typeof retrainStages)[number];

/** Kills a retraining in each of its stages in turn, then lets the last one complete. */
export async function killedInEachStage(workplace: RetrainWorkplace): Promise<string[]> {
  const receiver = await startReceiver();
  try {
    const scene = await workplace.scene('killed', {
      RETRAIN_WEBHOOK_URL: receiver.url,
      RETRAIN_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    });
    const lines: string[] = [];
    for (const stage of retrainStages) {
      await killIn(stage, scene, workplace.at(`${stage}.json`));
      lines.push(`kill -9 in ${stage}: ${await visible(scene)}`);
    }
    receiver.answer = true;
    await scene.retrain().done();
    return [
      ...lines,
      `then completed: ${await visible(scene)}, webhook ${receiver.reported.at(-1)}`,
    ];
  } finally {
    receiver.server.close();
  }
}

/** @throws Error if the run ends before it can be killed */
async function killIn(stage: Stage, scene: Scene, statusFile: string): Promise<void> {
  const run = scene.retrain(['--checkpoint-every', '1', '--status-file', statusFile]);
  const ended = run.done().then(
    () => true,
    () => true,
  );
  while (!(await isIn(stage, statusFile))) {
    if (await Promise.race([ended, setTimeout(WATCH_MS, false)]))
      throw new Error(`the run ended before it was seen in stage ${stage}:\n${run.output()}`);
  }
  run.child.kill('SIGKILL');
  await ended;
}

async function isIn(stage: Stage, statusFile: string): Promise<boolean> {
  const status = await readRetrainStatus(statusFile);
  if (status?.stage !== stage) return false;
  const { done = 0, total = 1 } = status.progress ?? {};
  return stage !== 'train' || done > total / 3;
}

/** @throws Error if a visible version is incomplete, or there are more versions than the run may publish */
async function visible({ registry: folder }: Scene): Promise<string> {
  const registry = new FileRegistry(folder);
  const versions = await registry.listVersions(MODEL);
  for (const version of versions)
    await verifyArtifact(await registry.fetchArtifact(MODEL, version));
  const { version } = (await registry.readAlias(MODEL, 'production'))!;
  if (versions.length > 2) throw new Error(`there are versions ${versions.join(', ')}`);
  return `complete versions ${versions.join(', ')}; production is ${version}`;
}

interface Receiver {
  server: Server;
  url: string;
  /** If false, the receiver leaves requests unanswered. */
  answer: boolean;
  reported: string[];
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      if (!receiver.answer) return;
      receiver.reported.push((JSON.parse(body) as { type: string }).type);
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    server,
    url: `http://127.0.0.1:${port}`,
    answer: false,
    reported: [],
  };
  return receiver;
}
