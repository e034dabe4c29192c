/** What is sent over one connection, and what may come of it. */
export interface Attack {
  /** For the report: of a bounded number. */
  kind: string;
  /** Sent one after the other, each after a pause. */
  pieces: readonly { bytes: Buffer; afterMs?: number }[];
  /** What the client does then: wait for the answer, close its half, or go. */
  then: 'wait' | 'end' | 'vanish';
  /** Most answers that the server may give; one unless more requests were sent. */
  mostAnswers?: number;
  /** Whether there must be an answer. A connection may be closed without where the client went first. */
  mustAnswer?: boolean;
}

export type Headers = Readonly<Record<string, string>>;

/** A whole request with a body, in one piece, after which the server is to close. */
export function post(kind: string, body: Buffer, headers: Headers, path = '/v1/predict'): Attack {
  const lines = Object.entries({ 'Content-Length': String(body.length), ...headers });
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: fuzz',
    'Connection: close',
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  return { kind, pieces: [{ bytes }], then: 'wait', mustAnswer: true };
}

/** Lines of text as they are. */
export function text(kind: string, lines: string, options: Partial<Attack> = {}): Attack {
  return { kind, pieces: [{ bytes: Buffer.from(lines, 'latin1') }], then: 'end', ...options };
}
