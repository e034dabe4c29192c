import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder into which fetch.sh puts the server. */
const root = path.join(
  process.env.CEPH_DIR ?? path.join(homedir(), '.cache/face-age/ceph'),
  'root',
);
const startScript = fileURLToPath(new URL('start.sh', import.meta.url));

export const cephIsFetched = (): boolean => existsSync(path.join(root, 'complete'));

export interface S3Server {
  endpoint: string;
  stop: () => Promise<void>;
}

/**
 * Starts an empty S3 server on the loopback interface. It ends by itself when this process ends in any way.
 * @throws Error with its last output if it does not start
 */
export async function startCeph(keys: { id: string; secret: string }): Promise<S3Server> {
  const work = await mkdtemp(path.join(tmpdir(), 'ceph-'));
  const port = 20_000 + Math.floor(Math.random() * 300) * 40;
  const script = spawn(startScript, [root, work, String(port)], {
    env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: keys.id, AWS_SECRET_ACCESS_KEY: keys.secret },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = once(script, 'close');
  const stop = async () => {
    script.stdin.end();
    await closed;
    await rm(work, { recursive: true, force: true });
  };
  let complaints = '';
  script.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ready = once(script.stdout, 'data').then(() => true);
  if (await Promise.race([ready, closed.then(() => false)])) {
    return { endpoint: `http://127.0.0.1:${port}`, stop };
  }
  await stop();
  throw new Error(`the S3 server did not start on port ${port}: ${complaints}`);
}
