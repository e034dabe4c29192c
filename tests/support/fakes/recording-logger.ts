import pino from 'pino';
import type { Logger } from '../../../src/common/logger.ts';

/** A logger that records its lines for the test. */
export interface RecordingLogger {
  logger: Logger;
  /** The messages of a level, in order. */
  logged: (level: 'debug' | 'info' | 'warn' | 'error') => string[];
  forget: () => void;
}

export function recordingLogger(): RecordingLogger {
  const lines: { level: number; msg: string }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  return {
    logger: pino({ level: 'debug' }, { write }),
    logged: (level) =>
      lines.filter((line) => line.level === pino.levels.values[level]).map(({ msg }) => msg),
    forget: () => void lines.splice(0),
  };
}
