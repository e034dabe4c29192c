import type { DescribedModel } from './described-model.ts';
import type { MetricsFile } from './metrics-file.ts';
import { modelCard } from './model-card.ts';
import { evaluationReport, type ShownPhoto } from './report/report.ts';

/** What an evaluation leaves, by file name: figures for machines, a report for people, and the version's card. */
export async function resultFiles(
  model: DescribedModel,
  metrics: MetricsFile,
  photos: readonly ShownPhoto[] = [],
): Promise<Map<string, Uint8Array>> {
  return new Map<string, Uint8Array>([
    ['metrics.json', Buffer.from(`${JSON.stringify(metrics, null, 2)}\n`)],
    ['report.html', Buffer.from(await evaluationReport(model, metrics, photos))],
    ['MODEL_CARD.md', Buffer.from(modelCard(model, metrics))],
  ]);
}
