import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../../common/clock.ts';

/** Refused requests whose bodies still arrive; only that of one is read at a time. */
const waiting: IncomingMessage[] = [];
let isReading = false;

/** How long a client that sends nothing keeps its turn, so that waiting for it costs no time of the event loop. */
const IDLE_TURN_MS = 5;

/**
 * Reads and drops the rest of the body of a refused request, as a client that is still sending would not read the answer. Node
 * reads up to 2 MB of a connection before it turns to the next one, so that many large bodies at once would keep the event loop
 * from everything else for seconds. They take turns instead, one a turn of the event loop.
 */
export function dropBody(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (!isUnfinished(request)) return;
  enqueue(request);
  // Node itself reads on once the answer is out.
  response.once('finish', () => setImmediate(() => pauseIfWaiting(request)));
  if (!isReading) readNext();
}

function readNext(): void {
  const request = nextUnfinished();
  isReading = request !== undefined;
  if (request === undefined) return;
  const { socket } = request;
  const before = socket.bytesRead;
  socket.resume();
  setImmediate(() => {
    if (isUnfinished(request)) enqueue(request);
    if (socket.bytesRead > before) readNext();
    else systemClock.after(IDLE_TURN_MS, readNext);
  });
}

function enqueue(request: IncomingMessage): void {
  waiting.push(request);
  pauseIfWaiting(request);
}

/** A connection that no other waits for may be read all the time. */
function pauseIfWaiting(request: IncomingMessage): void {
  if (waiting.length > 1 && waiting.includes(request)) request.socket.pause();
}

function nextUnfinished(): IncomingMessage | undefined {
  for (;;) {
    const request = waiting.shift();
    if (request === undefined || isUnfinished(request)) return request;
  }
}

function isUnfinished({ complete, socket }: IncomingMessage): boolean {
  return !complete && !socket.destroyed;
}
