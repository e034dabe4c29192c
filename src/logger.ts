import { pino, type Logger } from 'pino';

export type { Logger };

/** One JSON line per event on standard output. Never pass it image bytes or secrets. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { service: 'face-age' }, timestamp: pino.stdTimeFunctions.isoTime });
}

/** For commands that people watch: each event is a line of text, its facts behind the message. */
export function createLineLogger(write: (line: string) => void): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, { write: (json: string) => write(lineOf(json)) });
}

function lineOf(json: string): string {
  const { time, msg, ...others } = JSON.parse(json) as Record<string, unknown>;
  const facts = Object.entries(others)
    .filter(([name]) => name !== 'level')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(time)} ${[String(msg), ...facts].join(', ')}`;
}
