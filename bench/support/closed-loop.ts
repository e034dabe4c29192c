import autocannon from 'autocannon';
import type { Payload } from './payload.ts';
import { percentile } from './statistics.ts';

export interface LoadOptions {
  readonly url: string;
  readonly payload: Payload;
  /** Each sends its next request when the previous one is answered. */
  readonly connections: number;
  /** Whole seconds. */
  readonly seconds: number;
  /** Whether each connection is a client with a key of its own. */
  readonly keyed?: boolean;
}

export interface LoadResult {
  /** Answers with status 200; only these count below. */
  readonly answers: number;
  /** From the start to the last answer. */
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Broken connections, timeouts, and every status other than 200. */
  readonly errors: number;
  /** The load generator's own CPU time per answer. */
  readonly generatorCpuMs: number;
}

/**
 * Loads one server in a closed loop. Response times are kept individually, because autocannon's own
 * histogram rounds them to whole milliseconds.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const cpuAtStart = process.cpuUsage();
  const startMs = performance.now();
  const answers = await collectAnswers(options);
  const { user, system } = process.cpuUsage(cpuAtStart);
  const seconds = (answers.lastAtMs - startMs) / 1000;
  return summarize(answers, seconds, (user + system) / 1000);
}

interface Answers {
  readonly timesMs: number[];
  /** On the clock of `performance.now`. */
  lastAtMs: number;
  errors: number;
}

function collectAnswers(options: LoadOptions): Promise<Answers> {
  const answers: Answers = { timesMs: [], lastAtMs: performance.now(), errors: 0 };
  const request = {
    url: options.url,
    method: 'POST',
    connections: options.connections,
    duration: options.seconds,
    timeout: 30,
    body: options.payload.body,
    headers: { 'content-type': options.payload.contentType },
    ...(options.keyed === true ? { setupClient: keyedClients(options.payload) } : {}),
  } as const;
  return new Promise((resolve, reject) => {
    const run = autocannon(request, (error: unknown) =>
      error instanceof Error ? reject(error) : resolve(answers),
    );
    run.on('reqError', () => (answers.errors += 1));
    run.on('response', (_client, status, _bytes, responseMs) => {
      if (status !== 200) {
        answers.errors += 1;
        return;
      }
      answers.timesMs.push(responseMs);
      answers.lastAtMs = performance.now();
    });
  });
}

function keyedClients({ contentType }: Payload): (client: autocannon.Client) => void {
  let clients = 0;
  return (client) => {
    clients += 1;
    client.setHeaders({ 'content-type': contentType, 'x-client-key': `client-${clients}` });
  };
}

function summarize(answers: Answers, seconds: number, generatorCpuMs: number): LoadResult {
  const sorted = Float64Array.from(answers.timesMs).sort();
  return {
    answers: sorted.length,
    seconds,
    requestsPerSecond: sorted.length === 0 ? 0 : sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
    errors: answers.errors,
    generatorCpuMs: generatorCpuMs / sorted.length,
  };
}

/**
 * Sends the payload once.
 * @returns the answer's text
 * @throws Error if the status is not 200, because then there is nothing to measure
 */
export async function probe(url: string, payload: Payload): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(payload.body),
    headers: { 'content-type': payload.contentType },
  });
  const text = await response.text();
  if (response.status === 200) return text;
  throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
}
