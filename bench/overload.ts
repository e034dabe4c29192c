/** Asks more of the compiled service than it can do: `npm run bench:overload -- --help`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { load } from './load.ts';
import { openLoop, type TimedAnswer } from './overload/open-loop.ts';
import { rawPayload } from './payload.ts';
import { startServer } from './server-process.ts';
import { percentile } from './statistics.ts';

const help = `npm run bench:overload -- [options]

Measures what the service can do with 16 connections, sends --times as many requests whatever it answers, and then looks
how soon it is itself again. Fails where an answer is none of 200, 429 and 503, where p99 of the accepted ones is above
--accepted-ms or that of the refused ones above --refused-ms, where fewer than --accepted-share of the capacity are
accepted, or where it does not recover within a second. The rate rises for five seconds, which do not count.
  --seconds N          of overload (default 60)
  --times N            the capacity (default 4)
  --accepted-ms N      default 1000
  --refused-ms N       default 50; the generator has the same cores
  --accepted-share N   default 0.65`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    times: { type: 'string', default: '4' },
    'accepted-ms': { type: 'string', default: '1000' },
    'refused-ms': { type: 'string', default: '50' },
    'accepted-share': { type: 'string', default: '0.65' },
    help: { type: 'boolean', default: false },
  },
});

const RECOVERY_MS_MAX = 1000;
const RAMP_SECONDS = 5;
const payload = rawPayload(drawFaceJpeg({ age: 30, seed: 1 }));

interface Share {
  count: number;
  p50Ms: number;
  p99Ms: number;
}

function shareOf(answers: readonly TimedAnswer[], statuses: readonly number[]): Share {
  const own = answers.filter(({ status }) => statuses.includes(status));
  const sorted = Float64Array.from(own, ({ ms }) => ms).sort();
  return {
    count: own.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}

const shown = ({ count, p50Ms, p99Ms }: Share, seconds: number) =>
  `${(count / seconds).toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;

/** Time from the end of the overload until three requests in a row are answered with 200, each within 100 ms. */
async function recoveryMs(url: string): Promise<number> {
  const startMs = performance.now();
  for (let good = 0; good < 3;) {
    const askedMs = performance.now();
    const { status } = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': payload.contentType },
      body: new Uint8Array(payload.body),
    });
    good = status === 200 && performance.now() - askedMs < 100 ? good + 1 : 0;
    if (performance.now() - startMs > 30_000) break;
  }
  return performance.now() - startMs;
}

function countsOf(answers: readonly TimedAnswer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status}: ${count}`).join(', ');
}

async function bench(origin: string): Promise<void> {
  const url = `${origin}/v1/predict`;
  await load({ url, payload, connections: 16, seconds: 2 });
  const { requestsPerSecond: capacity } = await load({ url, payload, connections: 16, seconds: 5 });
  const requestsPerSecond = capacity * Number(values.times);
  const cpuAtStart = process.cpuUsage();
  const length = { seconds: Number(values.seconds), rampSeconds: RAMP_SECONDS };
  const { answers, seconds, latestMs } = await openLoop({
    url,
    payload,
    requestsPerSecond,
    ...length,
  });
  const { user, system } = process.cpuUsage(cpuAtStart);
  const recovered = await recoveryMs(url);
  const accepted = shareOf(answers, [200]);
  const refused = shareOf(answers, [429, 503]);
  const others = answers.length - accepted.count - refused.count;
  const share = accepted.count / seconds / capacity;
  console.log(
    `capacity ${capacity.toFixed(0)}/s; sent ${(answers.length / seconds).toFixed(0)}/s for ${seconds.toFixed(0)} s`,
  );
  console.log(
    `accepted: ${shown(accepted, seconds)}, ${(100 * share).toFixed(0)} % of the capacity`,
  );
  console.log(`refused:  ${shown(refused, seconds)}`);
  console.log(countsOf(answers));
  console.log(`others: ${others}; recovered within ${recovered.toFixed(0)} ms`);
  console.log(
    `generator: ${((user + system) / 1e6 / seconds).toFixed(2)} cores, at most ${latestMs.toFixed(0)} ms late`,
  );
  const faults = faultsOf({ others, refused, accepted, share, recovered });
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

interface Outcome {
  others: number;
  refused: Share;
  accepted: Share;
  /** Of the capacity. */
  share: number;
  recovered: number;
}

function faultsOf({ others, refused, accepted, share, recovered }: Outcome): string[] {
  const faults = [
    others > 0 && `${others} answers that are none of 200, 429 and 503`,
    refused.count === 0 && 'nothing was refused: that was no overload',
    accepted.p99Ms > Number(values['accepted-ms']) && 'accepted requests take too long',
    refused.p99Ms > Number(values['refused-ms']) && 'refusals take too long',
    share < Number(values['accepted-share']) && 'too few requests are accepted',
    recovered > RECOVERY_MS_MAX && 'it does not recover at once',
  ];
  return faults.filter((fault) => fault !== false);
}

if (values.help) console.log(help);
else {
  const environment = { ...process.env, LOG_LEVEL: 'fatal' };
  const server = await startServer(join(import.meta.dirname, '../dist/src/main.js'), environment);
  try {
    await bench(server.origin);
  } finally {
    await server.stop();
  }
}
