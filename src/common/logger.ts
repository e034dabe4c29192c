import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * Logs one JSON line per event on standard output. Never pass image bytes or secrets to it.
 * @param hide applied to every line, because errors of libraries may contain secrets
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

/** A logger for commands that people watch: each event is a line of text, the message followed by its fields. */
export function createLineLogger(write: (line: string) => void): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, { write: (json: string) => write(lineOf(json)) });
}

function lineOf(json: string): string {
  const { time, msg, ...others } = JSON.parse(json) as Record<string, unknown>;
  const fields = Object.entries(others)
    .filter(([name]) => name !== 'level')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(time)} ${[String(msg), ...fields].join(', ')}`;
}
