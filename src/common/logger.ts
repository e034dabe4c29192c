import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * One JSON line per event on standard output. Never pass it image bytes or secrets.
 * @param hide applied to every line, for what others put into their errors
 */
export function createLogger(level: string, hide?: (text: string) => string): Logger {
  const options = {
    ...{ level, base: { service: 'face-age' } },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (hide === undefined) return pino(options);
  const output = pino.destination(1);
  return pino(options, { write: (line: string) => output.write(hide(line)) });
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
