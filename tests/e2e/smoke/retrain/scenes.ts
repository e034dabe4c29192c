import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { retrainAnswerSchema } from '../../../../src/serving/http/routes/retrain-routes.ts';
import { readRetrainStatus } from '../../../../src/registry/retrain-record.ts';
import { startCommand } from '../../../support/command.ts';
import { besideLiveService, type LiveService } from './live-service.ts';
import { ADMIN_TOKEN, type RetrainWorkplace, type Scene } from './workplace.ts';

/** The champion is weak, so the first retraining needs many epochs. */
const EPOCHS = 16;

/** Runs `npm run retrain` while a server is under load, then once more on shuffled ages. */
export async function byHand(workplace: RetrainWorkplace): Promise<string[]> {
  const scene = await workplace.scene('hand');
  return besideLiveService(scene, async (service) => {
    const promoted = await swapped(service, async () => {
      await scene.retrain(['--epochs', String(EPOCHS)]).done();
    });
    const refused = await refusedOf(workplace, scene);
    return [`by hand: ${promoted}; ${await leave(service)}`, refused];
  });
}

/** Retrains with `POST /v1/admin/retrain` of the server. */
export async function byRequest(workplace: RetrainWorkplace): Promise<string[]> {
  const scene = await workplace.scene('request');
  return besideLiveService(scene, async (service) => [
    `by request: ${await requested(service)}; ${await leave(service)}`,
  ]);
}

async function requested(service: LiveService): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const url = `${service.address}/v1/admin/retrain`;
  return swapped(service, async () => {
    const body = JSON.stringify({ epochs: EPOCHS, reason: 'smoke' });
    const { status } = await fetch(url, { method: 'POST', headers, body });
    if (status !== 202) throw new Error(`the request was answered with ${status}`);
    await untilRetrained(url, headers);
  });
}

/** Retrains with `npm run schedule`. */
export async function bySchedule(workplace: RetrainWorkplace): Promise<string[]> {
  const scene = await workplace.scene('schedule');
  const args = ['--cron', '* * * * * *', '--', '--epochs', String(EPOCHS)];
  return besideLiveService(scene, async (service) => {
    const schedule = startCommand('scripts/schedule.ts', args, scene.environment);
    try {
      const promoted = await swapped(service, async () => {
        await schedule.until(/promote/);
      });
      return [`on schedule: ${promoted}; ${await leave(service)}`];
    } finally {
      schedule.child.kill('SIGTERM');
      await schedule.done();
    }
  });
}

async function untilRetrained(url: string, headers: Record<string, string>): Promise<void> {
  for (;;) {
    const answer = retrainAnswerSchema.parse(await (await fetch(url, { headers })).json());
    if (answer.state !== 'running') {
      if (answer.last?.outcome === 'promote') return;
      throw new Error(`the retraining ended as ${answer.last?.outcome}:\n${answer.log.join('\n')}`);
    }
    await setTimeout(200);
  }
}

/** Retrains, and describes the response to one request before and after that. */
async function swapped(service: LiveService, retrain: () => Promise<void>): Promise<string> {
  const before = await service.ask();
  await retrain();
  await service.untilAnsweredBy(2);
  const after = await service.ask();
  const text = ({ version, age }: typeof before) => `version ${version} predicts ${age.toFixed(1)}`;
  return `to a face drawn as 35, ${text(before)}, then ${text(after)}`;
}

async function leave(service: LiveService): Promise<string> {
  const { requests, versions } = await service.stop();
  return `${requests} requests, none failed, answered by versions ${versions.join(' and ')}`;
}

/** @throws Error if a retraining on shuffled ages is not refused */
async function refusedOf(workplace: RetrainWorkplace, scene: Scene): Promise<string> {
  const statusFile = workplace.at(`${randomUUID()}.json`);
  const args = ['--data', workplace.at('shuffled'), '--epochs', String(EPOCHS)];
  await scene
    .retrain([...args, '--status-file', statusFile])
    .done()
    .catch(() => undefined);
  const status = await readRetrainStatus(statusFile);
  if (status?.outcome !== 'refuse')
    throw new Error(`shuffled ages ended as ${status?.outcome}: ${status?.reasons?.join('; ')}`);
  return `shuffled ages: version ${status.version} is refused: ${status.reasons!.join('; ')}`;
}
