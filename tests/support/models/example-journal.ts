import type { Journal } from '../../../src/learning/retrain/journal.ts';

/** The journal of a run that is warm-started from version 3. */
export function exampleJournal(overrides: Partial<Journal> = {}): Journal {
  return {
    schemaVersion: 1,
    runId: '2026-11-25t12-00-00z-0a1b2c',
    startedAt: '2026-11-25T12:00:00.000Z',
    inputs: {
      registry: './models',
      model: 'face-age',
      alias: 'production',
      champion: 3,
      photos: '0f'.repeat(32),
      settings: '{}',
    },
    newestBefore: 3,
    stage: 'train',
    seconds: {},
    start: null,
    version: null,
    outcome: null,
    ...overrides,
  };
}
