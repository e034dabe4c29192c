import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { rawPayload } from '../../../bench/support/payload.ts';
import { renderReport } from '../../../bench/load/report.ts';
import { runRounds, type Sample } from '../../../bench/load/rounds.ts';

describe('the rounds', () => {
  it('load the targets in turn, reversing the order in every round', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/predict`;
    const targets = [
      { name: 'a', url },
      { name: 'b', url },
    ];
    const options = { connections: [1], seconds: 1, rounds: 2, warmUpSeconds: 0, preprocessMs: 1 };
    const payload = rawPayload(Buffer.from('photo'));
    const seen: string[] = [];
    const samples = await runRounds(targets, { payload, ...options }, (s) => seen.push(s.target));
    server.closeAllConnections();
    server.close();
    expect(seen).toEqual(['a', 'b', 'b', 'a']);
    expect(samples.map((s) => s.round)).toEqual([0, 0, 1, 1]);
  });
});

const sample = (target: string, round: number, requestsPerSecond: number): Sample => ({
  target,
  round,
  requestsPerSecond,
  connections: 64,
  answers: 1,
  seconds: 1,
  p50Ms: 2,
  p99Ms: 12.34,
  maxMs: 20,
  errors: 1,
  generatorCpuMs: 0.1,
});

describe('the report', () => {
  const samples = [
    sample('ours', 0, 600),
    sample('peer', 0, 500),
    sample('ours', 1, 440),
    sample('peer', 1, 400),
  ];

  it('shows the median and range of the rounds, and the sum of the errors', () => {
    const row = renderReport(samples, 'ours')
      .split('\n')
      .find((line) => line.includes('| ours '));
    expect(row).toMatch(/520 \(440–600\)/);
    expect(row).toMatch(/\| 12\.3 /);
    expect(row).toMatch(/\| 2 +\|$/);
  });

  it('compares with a peer round by round', () => {
    expect(renderReport(samples, 'ours')).toMatch(/\| peer \| 1\.15 \(1\.10–1\.20\) /);
  });

  it("has no ratios without a peer, and no CPU table without the server's figures", () => {
    const text = renderReport(
      samples.filter((s) => s.target === 'ours'),
      'ours',
    );
    expect(text).not.toMatch(/ours \/ peer|preprocessing/);
  });
});
