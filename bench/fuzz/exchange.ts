import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';

/** What the server sent over one connection. */
export interface Reply {
  /** The status of each answer, in order, without `100 Continue`. */
  statuses: number[];
  /** The codes of problem documents. */
  codes: string[];
  /** Whether the server left the connection open and silent until the timeout. */
  hung: boolean;
  ms: number;
}

const TIMEOUT_MS = 30_000;

/** Carries out an attack over a new connection, until the server closes it. */
export async function exchange(port: number, attack: Attack): Promise<Reply> {
  const startMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const received: Buffer[] = [];
  let hung = false;
  socket.on('data', (chunk) => void received.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.once('end', () => socket.end());
  socket.setTimeout(TIMEOUT_MS, () => {
    hung = true;
    socket.destroy();
  });
  await send(socket, attack);
  await closed;
  const answers = Buffer.concat(received).toString('latin1');
  return {
    statuses: [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
      .map(([, status]) => Number(status))
      .filter((status) => status !== 100),
    codes: [...answers.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code!),
    hung,
    ms: performance.now() - startMs,
  };
}

async function send(socket: ReturnType<typeof connect>, { pieces, then }: Attack): Promise<void> {
  for (const { bytes, afterMs } of pieces) {
    if (afterMs !== undefined) await delay(afterMs);
    if (socket.destroyed) return;
    // The callback also runs if the server has closed the connection.
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  }
  if (then === 'end') socket.end();
  if (then === 'vanish') socket.destroy();
}
