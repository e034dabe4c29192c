import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../../bench/support/server-process.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-server-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function program(text: string): Promise<string> {
  const path = join(directory, 'main.mjs');
  await writeFile(path, text);
  return path;
}

describe('starting the server', () => {
  it('waits until the server is ready, and stops it with SIGTERM', async () => {
    const main = await program(`
      import { createServer } from 'node:http';
      let asked = 0;
      createServer((request, response) => {
        response.writeHead(++asked > 2 ? 200 : 503).end();
      }).listen(Number(process.env.PORT), process.env.HOST);
    `);
    const server = await startServer(process.env, { main });
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    await server.stop();
    await expect(fetch(server.origin)).rejects.toThrow();
  });

  it('reports the output of a server that exits at once', async () => {
    const main = await program(`console.error('no model here'); process.exit(3);`);
    await expect(startServer(process.env, { main })).rejects.toThrow(
      /exited with 3\.\nno model here/,
    );
  });
});
