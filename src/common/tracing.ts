import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { messageOf } from './errors.ts';
import type { Logger } from './logger.ts';
import { programVersion } from './program-version.ts';

/** A span as others are told of it (W3C Trace Context): ids in hexadecimal. */
export interface SpanIds {
  traceId: string;
  spanId: string;
  /** Two hexadecimal digits; the last bit says whether it is recorded. */
  flags: string;
}

/** What is told of a request when it has ended. */
export interface RequestFacts {
  method: string;
  /** The pattern, never the path. */
  route: string;
  status: number;
  /** Counts, versions, codes and times; never names or bytes. */
  fields: Readonly<Record<string, string | number | boolean>>;
}

/** The span of one request. One that is never ended is never sent. */
export interface RequestSpan {
  readonly ids: SpanIds;
  end(facts: RequestFacts): void;
}

export interface Tracing {
  /** @param parent the caller's span, which decides whether this one is recorded */
  readonly begin: (parent: SpanIds | undefined) => RequestSpan;
  /** Sends what is left, which a collector that is away draws out for ten seconds; never rejects. */
  readonly close: () => Promise<void>;
}

export interface TracingOptions {
  logger: Pick<Logger, 'warn'>;
  /** How long spans are gathered before they are sent. */
  sendEveryMs?: number;
}

/** A collector that is away is told of so often. */
const WARN_EVERY_MS = 60_000;

/**
 * Spans for an OpenTelemetry collector, sent in the background and dropped where it cannot keep up; where it is, what is
 * sampled and what the service is called are told by OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` …).
 */
export function openTracing({ logger, sendEveryMs = 5000 }: TracingOptions): Tracing {
  const warn = warnOfFaults(logger);
  const exporter = new OTLPTraceExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'face-age',
      'service.version': programVersion,
    }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: sendEveryMs })],
  });
  const tracer = provider.getTracer('face-age', programVersion);
  return {
    begin: (parent) => begin(tracer, parent),
    close: () => provider.shutdown().catch((fault: unknown) => warn(messageOf(fault))),
  };
}

function begin(tracer: Tracer, parent: SpanIds | undefined): RequestSpan {
  const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, contextOf(parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    ids: { traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') },
    end: (facts) => end(span, facts),
  };
}

function contextOf(parent: SpanIds | undefined) {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  const traceFlags = Number.parseInt(flags, 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Attributes by OpenTelemetry's semantic conventions for HTTP servers, and the fields of the log under `face_age`. */
function end(span: Span, { method, route, status, fields }: RequestFacts): void {
  const attributes: Attributes = {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  };
  for (const [name, value] of Object.entries(fields)) {
    attributes[`face_age.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`] =
      value;
  }
  span.updateName(`${method} ${route}`).setAttributes(attributes);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Has OpenTelemetry's own faults told; returns how to tell others in the same way. */
function warnOfFaults(logger: Pick<Logger, 'warn'>): (fault: string) => void {
  let warnedAtMs = -Infinity;
  const warn = (fault: string): void => {
    if (performance.now() - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = performance.now();
    logger.warn({ fault: fault.slice(0, 500) }, 'traces are not sent');
  };
  const nothing = (): void => undefined;
  const text = { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(text, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return warn;
}
