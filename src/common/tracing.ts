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

/** The identity of a span as it is propagated (W3C Trace Context): ids in hexadecimal. */
export interface SpanIds {
  traceId: string;
  spanId: string;
  /** Two hexadecimal digits; the last bit says whether the span is recorded. */
  flags: string;
}

/** What a span records about a request when it has ended. */
export interface RequestFacts {
  method: string;
  /** The route's pattern, never the requested path. */
  route: string;
  status: number;
  /** Counts, versions, codes and times; never names or bytes. */
  fields: Readonly<Record<string, string | number | boolean>>;
}

/** The span of one request; it is sent only once it has ended. */
export interface RequestSpan {
  readonly ids: SpanIds;
  end(facts: RequestFacts): void;
}

export interface Tracing {
  /** @param parent the caller's span, which decides whether this one is recorded */
  readonly begin: (parent: SpanIds | undefined) => RequestSpan;
  /** Sends the remaining spans, for up to ten seconds if the collector is unavailable; never rejects. */
  readonly close: () => Promise<void>;
}

export interface TracingOptions {
  logger: Pick<Logger, 'warn'>;
  /** How long spans are buffered before they are sent. */
  sendEveryMs?: number;
}

/** Minimum time between two warnings about an unavailable collector. */
const WARN_EVERY_MS = 60_000;

/**
 * Sends spans to an OpenTelemetry collector in the background and drops them if it cannot keep up. OpenTelemetry's own
 * variables set the endpoint, the sampler and the service name (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`,
 * `OTEL_SERVICE_NAME` …).
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

/** Sets attributes by OpenTelemetry's semantic conventions for HTTP servers, and the log's fields under `face_age`. */
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

/** Logs OpenTelemetry's own errors; returns the function that logs such errors at most once a minute. */
function warnOfFaults(logger: Pick<Logger, 'warn'>): (fault: string) => void {
  let warnedAtMs = -Infinity;
  const warn = (fault: string): void => {
    if (performance.now() - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = performance.now();
    logger.warn({ fault: fault.slice(0, 500) }, 'traces cannot be sent');
  };
  const nothing = (): void => undefined;
  const diagLogger = { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(diagLogger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return warn;
}
