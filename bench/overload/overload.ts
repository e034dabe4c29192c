import { load } from '../support/closed-loop.ts';
import { rawPayload, readPhoto, type Payload } from '../support/payload.ts';
import { withServer } from '../support/server-process.ts';
import { percentile } from '../support/statistics.ts';
import { openLoop, type TimedAnswer } from './open-loop.ts';

export interface OverloadOptions {
  /** Length of the overload. */
  seconds: number;
  /** Requests sent, as a multiple of the measured capacity. */
  times: number;
  /** The most that p99 of accepted requests may be. */
  acceptedMs: number;
  /** The most that p99 of refused requests may be. */
  refusedMs: number;
  /** The share of the capacity that must be accepted. */
  acceptedShare: number;
}

const RECOVERY_MS_MAX = 1000;
const RAMP_SECONDS = 5;

/** Requests per second and response times of some answers. */
interface Group {
  count: number;
  p50Ms: number;
  p99Ms: number;
}

interface Outcome {
  others: number;
  refused: Group;
  accepted: Group;
  /** Accepted, relative to the capacity. */
  share: number;
  recoveryMs: number;
}

/** Sends more requests than the service can answer. @returns false if a limit is exceeded */
export function runOverload(options: OverloadOptions): Promise<boolean> {
  const environment = { ...process.env, LOG_LEVEL: 'fatal' };
  return withServer(environment, ({ origin }) => overload(origin, options));
}

async function overload(origin: string, options: OverloadOptions): Promise<boolean> {
  const url = `${origin}/v1/predict`;
  const payload = rawPayload(await readPhoto());
  await load({ url, payload, connections: 16, seconds: 2 });
  const { requestsPerSecond: capacity } = await load({ url, payload, connections: 16, seconds: 5 });
  const cpuAtStart = process.cpuUsage();
  const rate = { requestsPerSecond: capacity * options.times, rampSeconds: RAMP_SECONDS };
  const result = await openLoop({ url, payload, seconds: options.seconds, ...rate });
  const { answers, seconds, latestMs } = result;
  const { user, system } = process.cpuUsage(cpuAtStart);
  const generatorCores = (user + system) / 1e6 / seconds;
  const accepted = groupOf(answers, [200]);
  const refused = groupOf(answers, [429, 503]);
  const outcome = {
    accepted,
    refused,
    others: answers.length - accepted.count - refused.count,
    share: accepted.count / seconds / capacity,
    recoveryMs: await recoveryMs(url, payload),
  };
  const sent = answers.length / seconds;
  console.log(
    `capacity ${capacity.toFixed(0)}/s; sent ${sent.toFixed(0)}/s for ${seconds.toFixed(0)} s`,
  );
  print(outcome, seconds, countsByStatus(answers));
  console.log(
    `generator: ${generatorCores.toFixed(2)} cores, at most ${latestMs.toFixed(0)} ms late`,
  );
  const faults = faultsOf(outcome, options);
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

function groupOf(answers: readonly TimedAnswer[], statuses: readonly number[]): Group {
  const own = answers.filter(({ status }) => statuses.includes(status));
  const sorted = Float64Array.from(own, ({ ms }) => ms).sort();
  return { count: own.length, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

/** Time from the end of the overload until three requests in a row are answered with 200, each within 100 ms. */
async function recoveryMs(url: string, { body, contentType }: Payload): Promise<number> {
  const startMs = performance.now();
  for (let good = 0; good < 3;) {
    const sentMs = performance.now();
    const headers = { 'Content-Type': contentType };
    const { status } = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    good = status === 200 && performance.now() - sentMs < 100 ? good + 1 : 0;
    if (performance.now() - startMs > 30_000) break;
  }
  return performance.now() - startMs;
}

function countsByStatus(answers: readonly TimedAnswer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status}: ${count}`).join(', ');
}

function print(
  { accepted, refused, others, share, recoveryMs }: Outcome,
  seconds: number,
  counts: string,
): void {
  const shown = ({ count, p50Ms, p99Ms }: Group) =>
    `${(count / seconds).toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  console.log(`accepted: ${shown(accepted)}, ${(100 * share).toFixed(0)} % of the capacity`);
  console.log(`refused:  ${shown(refused)}`);
  console.log(counts);
  console.log(`others: ${others}; recovered within ${recoveryMs.toFixed(0)} ms`);
}

function faultsOf(
  { others, refused, accepted, share, recoveryMs }: Outcome,
  { acceptedMs, refusedMs, acceptedShare }: OverloadOptions,
): string[] {
  const faults = [
    others > 0 && `${others} answers have a status other than 200, 429 and 503`,
    refused.count === 0 && 'nothing was refused, so this was no overload',
    accepted.p99Ms > acceptedMs && 'accepted requests take too long',
    refused.p99Ms > refusedMs && 'refusals take too long',
    share < acceptedShare && 'too few requests are accepted',
    recoveryMs > RECOVERY_MS_MAX && 'the service does not recover at once',
  ];
  return faults.filter((fault) => fault !== false);
}
