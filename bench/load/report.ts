import { markdownTable } from '../../src/common/text/text-table.ts';
import { ratios, spreadOf, type Spread } from '../support/statistics.ts';
import type { Sample } from './rounds.ts';

type Figure = (sample: Sample) => number;

const figures: readonly [string, Figure, number][] = [
  ['requests/s', (s) => s.requestsPerSecond, 0],
  ['p50 ms', (s) => s.p50Ms, 1],
  ['p99 ms', (s) => s.p99Ms, 1],
  ['loop delay p99 ms', (s) => s.eventLoopDelayP99Ms ?? Number.NaN, 1],
  ['generator CPU ms', (s) => s.generatorCpuMs, 2],
];

const cpuFigures: readonly [string, Figure, number][] = [
  ['total', (s) => s.cpu?.totalMs ?? Number.NaN, 2],
  ['preprocessing', (s) => s.cpu?.preprocessMs ?? Number.NaN, 2],
  ['inference', (s) => s.cpu?.inferenceMs ?? Number.NaN, 2],
  ['rest', (s) => s.cpu?.restMs ?? Number.NaN, 2],
  ['images per inference', (s) => s.cpu?.imagesPerBatch ?? Number.NaN, 1],
];

const cpuDefinition =
  'CPU ms per image: total is the whole process; preprocessing is the same function and photo measured ' +
  "alone; inference is every thread except the event loop's (engine worker, its runtime's pool, garbage " +
  "collection); rest is the event loop's thread minus preprocessing.";

/** Markdown tables: the load, the server's CPU, and the ratios to each peer; median (lowest–highest round). */
export function renderReport(samples: readonly Sample[], ours: string): string {
  const levels = [...new Set(samples.map((s) => s.connections))];
  const names = [...new Set(samples.map((s) => s.target))];
  const parts = [loadTable(samples, names, levels)];
  const own = samples.filter((s) => s.cpu !== undefined);
  if (own.length > 0) parts.push(cpuTable(own, levels), cpuDefinition);
  const peers = names.filter((name) => name !== ours);
  if (peers.length > 0) parts.push(ratioTable(samples, ours, peers, levels));
  return parts.join('\n\n');
}

function loadTable(
  samples: readonly Sample[],
  names: readonly string[],
  levels: readonly number[],
): string {
  const rows = levels.flatMap((connections) =>
    names.map((name) => {
      const some = select(samples, name, connections);
      const errors = some.reduce((total, s) => total + s.errors, 0);
      const cells = figures.map(([, of, digits]) => cell(some.map(of), digits));
      return [String(connections), name, ...cells, String(errors)];
    }),
  );
  return markdownTable(
    ['connections', 'server', ...figures.map(([title]) => title), 'errors'],
    rows,
  );
}

function cpuTable(own: readonly Sample[], levels: readonly number[]): string {
  const rows = levels.map((connections) => {
    const some = own.filter((s) => s.connections === connections);
    return [String(connections), ...cpuFigures.map(([, of, digits]) => cell(some.map(of), digits))];
  });
  const titles = cpuFigures.map(([title]) => title);
  return markdownTable(['connections', ...titles], rows);
}

function ratioTable(
  samples: readonly Sample[],
  ours: string,
  peers: readonly string[],
  levels: readonly number[],
): string {
  const rows = levels.flatMap((connections) =>
    peers.map((peer) => {
      const own = select(samples, ours, connections);
      const other = select(samples, peer, connections);
      const compared = figures.slice(0, 3).map(([, of]) => ratios(own.map(of), other.map(of)));
      return [String(connections), peer, ...compared.map((values) => cell(values, 2))];
    }),
  );
  const titles = figures.slice(0, 3).map(([title]) => `${title}, ours / peer`);
  return markdownTable(['connections', 'peer', ...titles], rows);
}

/** One sample per round, in the order of the rounds. */
function select(samples: readonly Sample[], target: string, connections: number): Sample[] {
  return samples.filter((s) => s.target === target && s.connections === connections);
}

function cell(values: readonly number[], digits: number): string {
  const spread: Spread = spreadOf(values);
  if (Number.isNaN(spread.median)) return '–';
  const [median, low, high] = [spread.median, spread.low, spread.high].map((value) =>
    value.toFixed(digits),
  );
  return low === high ? median! : `${median!} (${low!}–${high!})`;
}
