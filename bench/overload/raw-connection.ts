import { connect, type Socket } from 'node:net';
import type { Payload } from '../support/payload.ts';

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
 * A keep-alive connection that sends requests one after the other and parses only the status and length of each answer:
 * Node's own client takes more than twice the CPU time, at the server's expense if both share cores.
 */
export class RawConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #settle: ((status: number) => void) | undefined;

  /** @param onClose called once when the connection can no longer be used */
  constructor({ hostname, port }: URL, timeoutMs: number, onClose: (self: RawConnection) => void) {
    this.#socket = connect(Number(port), hostname).setNoDelay().setTimeout(timeoutMs);
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('timeout', () => this.#socket.destroy());
    // A 'close' event follows.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      onClose(this);
      this.#done(0);
    });
  }

  /** @param settle receives the status, or 0 if the connection broke or no answer came in time */
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
