/** What is sent over one connection, and which outcomes are acceptable. */
export interface Attack {
  /** The name in the report; there is a bounded number of kinds. */
  kind: string;
  /** Sent in order, each after its pause. */
  pieces: readonly { bytes: Buffer; afterMs?: number }[];
  /** What the client does then: wait for the answer, close its half of the connection, or disconnect. */
  then: 'wait' | 'end' | 'vanish';
  /** The most answers that the server may give; 1 by default. */
  mostAnswers?: number;
  /** Whether the server must answer; otherwise it may close the connection without an answer. */
  mustAnswer?: boolean;
}

export type Headers = Readonly<Record<string, string>>;

/** A complete request with a body, sent in one piece, that asks the server to close the connection. */
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

/** Text sent verbatim. */
export function text(kind: string, lines: string, options: Partial<Attack> = {}): Attack {
  return { kind, pieces: [{ bytes: Buffer.from(lines, 'latin1') }], then: 'end', ...options };
}
