import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that this process started. */
export interface ServerProcess {
  readonly origin: string;
  readonly processId: number;
  /** From the launch to ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/**
 * Starts the compiled service on a free port of this machine and waits until it is ready.
 * @param main path of `dist/src/main.js`
 * @param nodeOptions further ones for Node
 * @param path answered with 200 once the server is as far as is wished
 * @throws Error with what it printed, where it ends or is not ready within a minute.
 */
export async function startServer(
  main: string,
  environment: NodeJS.ProcessEnv,
  path: '/readyz' | '/healthz' = '/readyz',
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const startMs = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', ...nodeOptions, main], {
    env: { ...environment, HOST: '127.0.0.1', PORT: String(port), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = keepLastOutput(child);
  try {
    await untilReady(child, origin + path);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}\n${printed()}`, { cause: error });
  }
  return {
    origin,
    processId: child.pid!,
    readyMs: performance.now() - startMs,
    stop: () => stop(child),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Its output must be read, or a full pipe would stall it. */
function keepLastOutput(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-4000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The server ended with ${child.exitCode ?? child.signalCode ?? ''}.`);
    }
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await delay(20);
  }
  throw new Error('The server was not ready within a minute.');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(last);
}
