import { writeFile } from 'node:fs/promises';
import type { RetrainConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import { RetrainRunMetrics } from '../../common/metrics/retrain-run-metrics.ts';
import { retrainExitCodes } from '../../registry/retrain-record.ts';
import { replaceFile } from '../../registry/store/local-files.ts';
import type { RetrainOptions } from './retrain-options.ts';
import type { RetrainReport } from './retrain-report.ts';
import type { RunFolder } from './run-folder.ts';
import { addToTotals, type RunTotals } from './run-totals.ts';
import { withRetries, type Delivery, sendWebhook } from './webhook.ts';

export interface NotificationParts {
  options: Pick<RetrainOptions, 'metricsFile'>;
  config: RetrainConfig;
  runFolder: Pick<RunFolder, 'totals'>;
  /** Aborts the pending deliveries. */
  stop: AbortSignal;
}

/** The result of each configured notification. */
export type NotificationResults = Partial<Record<'metrics file' | 'push' | 'webhook', Delivery>>;

/** Sends every configured notification about a run that has ended. Never throws, so that the outcome of the run stands. */
export async function notify(
  report: RetrainReport,
  parts: NotificationParts,
): Promise<NotificationResults> {
  const notifications: NotificationResults = {};
  const metrics = new RetrainRunMetrics(figuresOf(report, await totalsWith(report, parts)));
  const { metricsFile: file } = parts.options;
  if (file !== undefined) notifications['metrics file'] = await writeMetrics(file, metrics);
  const { RETRAIN_PUSH_URL, RETRAIN_WEBHOOK_URL, RETRAIN_WEBHOOK_SECRET } = parts.config;
  const [push, webhook] = await Promise.all([
    RETRAIN_PUSH_URL && pushMetrics(metrics, RETRAIN_PUSH_URL, parts.stop),
    RETRAIN_WEBHOOK_URL &&
      sendWebhook(messageOfRun(report), {
        url: RETRAIN_WEBHOOK_URL,
        secret: RETRAIN_WEBHOOK_SECRET!,
        signal: parts.stop,
      }),
  ]);
  return { ...notifications, ...(push && { push }), ...(webhook && { webhook }) };
}

/** One line for each notification. */
export function notificationText(notifications: NotificationResults): string[] {
  return Object.entries(notifications).map(([channel, delivery]) =>
    delivery.delivered
      ? `${channel}: delivered`
      : `${channel}: NOT delivered after ${delivery.attempts} attempts: ${delivery.reason}`,
  );
}

/** Redeliveries of a verdict share the id of the run; each failure is a separate event with its own id. */
function messageOfRun(report: RetrainReport) {
  const { runId, outcome, endedAt } = report;
  const id = outcome === 'failed' ? `${runId}-${Date.parse(endedAt)}` : runId;
  const data = { ...report, exitCode: retrainExitCodes[outcome] };
  return { id, type: `retrain.${outcome}`, timestamp: endedAt, data };
}

/** The totals including this run; if they cannot be stored, the totals of this run alone. */
async function totalsWith(
  { outcome, endedAt }: RetrainReport,
  { runFolder }: NotificationParts,
): Promise<RunTotals> {
  const alone = { [outcome]: { runs: 1, lastAt: endedAt } };
  return addToTotals(runFolder.totals, outcome, endedAt).catch(() => alone);
}

function figuresOf(
  { model, seconds, champion, challenger, gate }: RetrainReport,
  totals: RunTotals,
) {
  const maeOf = (role: 'champion' | 'challenger') => gate?.figures[role]?.mae ?? null;
  return {
    model,
    totals,
    seconds,
    versions: {
      champion: { version: champion, mae: maeOf('champion') },
      challenger: { version: challenger, mae: maeOf('challenger') },
    },
  };
}

async function writeMetrics(file: string, metrics: RetrainRunMetrics): Promise<Delivery> {
  try {
    const text = await metrics.text();
    await replaceFile(file, (partial) => writeFile(partial, text));
    return { delivered: true, attempts: 1 };
  } catch (error) {
    return { delivered: false, attempts: 1, reason: messageOf(error) };
  }
}

function pushMetrics(
  metrics: RetrainRunMetrics,
  url: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const attempt = async () => {
    try {
      await metrics.push(url);
      return { accepted: true as const };
    } catch (error) {
      return { accepted: false as const, reason: messageOf(error), retryable: true };
    }
  };
  return withRetries(attempt, { signal });
}
