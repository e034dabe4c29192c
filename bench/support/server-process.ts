import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The root of this repository. */
export const projectRoot = join(import.meta.dirname, '../..');

const compiledMain = join(projectRoot, 'dist/src/main.js');

/** A server that this process started. */
export interface ServerProcess {
  readonly origin: string;
  readonly processId: number;
  /** From launch to readiness. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The program to start; the compiled service by default. */
  main?: string;
  /** Further options for Node. */
  nodeOptions?: readonly string[];
}

/**
 * Starts the compiled service on a free port of this machine and waits until it is ready. Unless the environment sets FACES,
 * photos are framed faces, so that figures stay comparable with those from before faces were found.
 * @throws Error with the server's last output if it exits or is not ready within a minute
 */
export async function startServer(
  environment: NodeJS.ProcessEnv,
  { main = compiledMain, nodeOptions = [] }: ServerOptions = {},
): Promise<ServerProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const startMs = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', ...nodeOptions, main], {
    env: {
      FACES: 'none',
      ...environment,
      HOST: '127.0.0.1',
      PORT: String(port),
      NODE_ENV: 'production',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastOutput = keepLastOutput(child);
  try {
    await untilReady(child, `${origin}/readyz`);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}\n${lastOutput()}`, { cause: error });
  }
  return {
    origin,
    processId: child.pid!,
    readyMs: performance.now() - startMs,
    stop: () => stop(child),
  };
}

/** Runs the work against a new server and stops the server afterwards. */
export async function withServer<Result>(
  environment: NodeJS.ProcessEnv,
  work: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = await startServer(environment);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Reads the server's output, because a full pipe would block it. */
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
      throw new Error(`The server exited with ${child.exitCode ?? child.signalCode ?? ''}.`);
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
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(killTimer);
}
