import type { DescribedModel } from './described-model.ts';
import type { MetricsFile } from './metrics-file.ts';
import { modelCard } from './model-card.ts';
import { evaluationReport, type ShownPhoto } from './report/report.ts';

const resultNames = ['metrics.json', 'report.html', 'MODEL_CARD.md'] as const;

/** Whether an evaluation writes a file of this name. */
export function isResultFile(name: string): boolean {
  return resultNames.some((each) => each === name);
}

/** What an evaluation leaves, by file name: figures for machines, a report for people, and the version's card. */
export async function resultFiles(
  model: DescribedModel,
  metrics: MetricsFile,
  photos: readonly ShownPhoto[] = [],
): Promise<Map<string, Uint8Array>> {
  const contents: Record<(typeof resultNames)[number], string> = {
    'metrics.json': `${JSON.stringify(metrics, null, 2)}\n`,
    'report.html': await evaluationReport(model, metrics, photos),
    'MODEL_CARD.md': modelCard(model, metrics),
  };
  return new Map(resultNames.map((name) => [name, Buffer.from(contents[name])]));
}
