import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span in OTLP's JSON. */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 2 for an error. */
  status: { code: number };
  attributes: Record<string, unknown>;
  /** The attributes of the service that sent it. */
  resource: Record<string, unknown>;
}

/** An OpenTelemetry collector that records what it receives. */
export interface TraceCollector {
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  /** The number of requests, including refused ones. */
  readonly requests: number;
  /** Answers all further requests with 400. */
  refuse(): void;
  /** Accepts all further requests without answering them. */
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
