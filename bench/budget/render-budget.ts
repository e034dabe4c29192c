import { markdownTable } from '../../src/common/text-table.ts';
import type { Budget } from './budget.ts';
import { loopStages } from './stages.ts';

/** Requests a second that no server on this machine could pass, whatever else it did. */
export function machineLimit({ cores, alone, generatorMs }: Budget): number {
  return (cores * 1000) / (alone.decodeMs + alone.inferenceMs + alone.echoMs + generatorMs);
}

/** The share that the machine would reach with nobody else on it and no core idle. */
function usefulShare({ alone, generatorMs, threads }: Budget): number {
  const needed = alone.decodeMs + alone.inferenceMs + alone.echoMs + generatorMs;
  return needed / (threads.loop + threads.engine + threads.helpers + generatorMs);
}

/** Markdown: CPU milliseconds an image by stage, the limit with each of its parts, and the share reached. */
export function renderBudget(budget: Budget): string {
  return [
    `${budget.connections} connections, ${budget.requestsPerSecond.toFixed(0)} requests/s, ` +
      `${budget.batch.toFixed(1)} images an inference, ${budget.precision}`,
    table('CPU, ms an image', spentRows(budget)),
    table('limit, ms an image', limitRows(budget)),
    `limit ${machineLimit(budget).toFixed(0)} requests/s on ${budget.cores} cores, ` +
      `share reached ${(budget.requestsPerSecond / machineLimit(budget)).toFixed(2)}; ` +
      `of the CPU time ${usefulShare(budget).toFixed(2)} was of these parts`,
  ].join('\n\n');
}

function spentRows(budget: Budget): [string, number][] {
  const { threads, loopShares, generatorMs, cores, requestsPerSecond } = budget;
  const stages = loopStages.map((stage): [string, number] => [
    stage,
    (loopShares.get(stage) ?? 0) * threads.loop,
  ]);
  const server = threads.loop + threads.engine + threads.helpers;
  const wall = (cores * 1000) / requestsPerSecond;
  return [
    ...stages,
    ['inference', threads.engine],
    ['helper threads', threads.helpers],
    ['server in all', server],
    ['load generator', generatorMs],
    ['idle, or others', Math.max(0, wall - server - generatorMs)],
  ];
}

function limitRows({ alone, generatorMs }: Budget): [string, number][] {
  return [
    ['decoding alone', alone.decodeMs],
    ['inference alone, batch 16, one thread', alone.inferenceMs],
    ['bare node:http echo of the same body', alone.echoMs],
    ['load generator', generatorMs],
  ];
}

function table(title: string, rows: readonly (readonly [string, number])[]): string {
  const cells = rows.map(([name, ms]) => [name, ms.toFixed(3)]);
  return markdownTable(['', title], cells, { rightFrom: 1 });
}
