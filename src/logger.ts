import { pino, type Logger } from 'pino';

export type { Logger };

/** One JSON line per event on standard output. Never pass it image bytes or secrets. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { service: 'face-age' }, timestamp: pino.stdTimeFunctions.isoTime });
}
