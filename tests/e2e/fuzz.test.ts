import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCampaign, type CampaignResult } from '../../bench/fuzz/run-campaign.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

let service: ServiceProcess | undefined;
let fake: Server | undefined;
afterEach(() => {
  service?.child.kill('SIGKILL');
  fake?.close();
});

const attackAt = (port: number, requests: number): Promise<CampaignResult> =>
  runCampaign({ port, requests, seed: 1, concurrency: 4 });

/** The server records which model it serves once it serves it, so its own files are complete only a moment later. */
const filesAfterStart = (folder: string): Promise<string[]> =>
  vi.waitFor(
    async () => {
      const files = await readdir(folder, { recursive: true });
      expect(files.filter((file) => /served\/[^.]*\.json$/.test(file))).not.toEqual([]);
      expect(files.filter((file) => file.endsWith('.partial'))).toEqual([]);
      return files;
    },
    { timeout: 10_000 },
  );

describe('a server under hostile requests', () => {
  it('answers no 5xx and no second answer, does not hang, and leaves no file', async () => {
    const written = await mkdtemp(`${tmpdir()}/face-age-fuzz-`);
    const folders = { TMPDIR: written, HOME: written };
    service = startService({ MODEL_REGISTRY: 'models', LOG_LEVEL: 'info', ...folders });
    const { address } = await service.untilLogged('listening');
    await service.untilLogged('model serves');
    const before = await filesAfterStart(written);
    const { requests, faults, statuses } = await attackAt(
      Number(new URL(String(address)).port),
      500,
    );
    expect([...faults]).toEqual([]);
    expect(requests).toBe(500);
    expect(statuses['200']).toBeGreaterThan(30);
    expect(await readdir(written, { recursive: true })).toEqual(before);
    expect((await fetch(`${String(address)}/readyz`)).status).toBe(200);
    await rm(written, { recursive: true, force: true });
  });
});

describe('the fuzzer', () => {
  it.each([
    ['a server that fails', 'HTTP/1.1 500 X\r\n\r\n{"code":"internal"}', /answered 500 internal/],
    [
      'a server that answers a smuggled request',
      'HTTP/1.1 200 X\r\n\r\nHTTP/1.1 200 X\r\n\r\n',
      /2 answers/,
    ],
    ['a server that does not answer', '', /not answered/],
  ])('finds %s', async (_what, answer, fault) => {
    fake = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => fake!.listen(0, '127.0.0.1', resolve));
    const { faults } = await attackAt((fake.address() as AddressInfo).port, 30);
    expect([...faults.keys()].join('\n')).toMatch(fault);
  });
});
