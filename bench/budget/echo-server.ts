import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that Node can do for such a request: read the whole body and send an answer of the given size. */
const answer = JSON.stringify('x'.repeat(Math.max(0, Number(process.argv[2] ?? 0) - 2)));

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.setHeader('Content-Type', 'application/json');
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
