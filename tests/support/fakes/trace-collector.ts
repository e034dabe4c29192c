import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP's JSON has it. */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 2 for a fault. */
  status: { code: number };
  attributes: Record<string, unknown>;
  /** Attributes of the service that sent it. */
  resource: Record<string, unknown>;
}

/** An OpenTelemetry collector that keeps what it gets. */
export interface TraceCollector {
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  /** Requests, those refused included. */
  readonly requests: number;
  /** From now on all it gets is answered with 400. */
  refuse(): void;
  /** From now on it takes all and answers nothing. */
  fallSilent(): void;
  close(): void;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Omit<CollectedSpan, 'attributes'> & { attributes: Attribute[] })[] }[];
  }[];
}

const toObject = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  let requests = 0;
  let status: number | undefined = 200;
  const server = createServer(
    readAll((path, body) => {
      requests += 1;
      if (path === '/v1/traces' && status === 200)
        spans.push(...spansOf(JSON.parse(body) as Export));
      return path === '/v1/traces' ? status : 404;
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    get requests() {
      return requests;
    },
    refuse: () => (status = 400),
    fallSilent: () => (status = undefined),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function readAll(answer: (path: string, body: string) => number | undefined): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answer(request.url!, Buffer.concat(chunks).toString());
      if (status === undefined) return;
      response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    });
  };
}

function spansOf({ resourceSpans }: Export): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...span,
        attributes: toObject(span.attributes),
        resource: toObject(resource.attributes),
      })),
  );
}
