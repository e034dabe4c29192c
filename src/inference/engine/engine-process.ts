import { Worker } from 'node:worker_threads';
import { serveEngine } from './serve-engine.ts';
import type { WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/*
 * The program of `ChildEngine`: an engine for graphs that may hang or crash. It executes the tasks that come over the
 * channel to its parent and ends with its parent.
 */

/** The main thread may hang in native code, so that only another thread notices the end of the parent. */
const endWithParent = `
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL');
}, 500);
`;

new Worker(endWithParent, { eval: true }).unref();
process.on('disconnect', () => process.exit());
const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
await serveEngine(settings, {
  onRequest: (listener) => {
    process.on('message', (request) => listener(request as WorkerRequest));
  },
  reply: (message) => process.send!(message),
});
