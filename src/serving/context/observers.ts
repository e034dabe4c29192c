import type { DriftMonitor } from '../drift/drift-monitor.ts';
import type { AnswerObserver, FaultObserver } from '../predict/answered-photo.ts';
import { StatisticsCollector } from '../predict/version-statistics.ts';
import type { FeedbackPart } from './feedback.ts';
import type { Traffic } from './traffic.ts';

/** Whoever watches the photos that are answered, and those that are not. */
export interface Observers {
  statistics: StatisticsCollector;
  observers: readonly AnswerObserver[];
  onFault: FaultObserver;
}

export function observersOf(
  feedback: Pick<FeedbackPart, 'observers'>,
  drift: DriftMonitor | undefined,
  traffic: Pick<Traffic, 'observers' | 'onFault'>,
): Observers {
  const statistics = new StatisticsCollector();
  const watched = drift === undefined ? [] : [drift.observe];
  return {
    statistics,
    observers: [statistics.observe, ...feedback.observers, ...watched, ...traffic.observers],
    onFault: (fault, model) => {
      statistics.observeFault(fault, model);
      traffic.onFault(fault, model);
    },
  };
}
