import { connect, type Socket } from 'node:net';
import type { Payload } from '../payload.ts';

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** The bytes of one POST. */
export function requestBytes(url: URL, { contentType, body }: Payload): Buffer {
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n') + HEAD_END), body]);
}

/**
 * A kept-alive connection that sends the same bytes again and again and waits for each answer, of which it reads the
 * status and the length alone: Node's own client takes more than twice the CPU, from the server if both share cores.
 */
export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #settle: ((status: number) => void) | undefined;

  /** @param onClose when it is of no more use */
  constructor({ hostname, port }: URL, timeoutMs: number, onClose: (self: RawConnection) => void) {
    this.#socket = connect(Number(port), hostname).setNoDelay().setTimeout(timeoutMs);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('timeout', () => this.#socket.destroy());
    // What follows is 'close'.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      onClose(this);
      this.#done(0);
    });
  }

  /** @param settle told the status, or 0 where the connection broke or nothing came in time */
  send(request: Buffer, settle: (status: number) => void): void {
    this.#settle = settle;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(CONTENT_LENGTH.exec(head)?.[1]);
    if (!(this.#received.length >= headEnd + HEAD_END.length + length)) return;
    this.#received = Buffer.alloc(0);
    this.#done(Number(head.slice(9, 12)));
  }

  #done(status: number): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(status);
  }
}
