import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  retrainAnswerSchema,
  type RetrainAnswer,
} from '../../../src/serving/http/routes/retrain-routes.ts';
import { answerTo } from '../../support/answer-to.ts';
import { createFakeRetraining, type FakeRetraining } from '../../support/fakes/fake-retraining.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const TOKEN = 'a-token-of-16-or-more';
const ROUTE = '/v1/admin/retrain';

let retraining: FakeRetraining;
let service: TestService;
let given: readonly string[] | undefined;
const nextAt = new Date('2030-01-01T03:00:00Z');

beforeEach(async () => {
  given = undefined;
  retraining = await createFakeRetraining();
  const { runner } = retraining;
  const start: typeof runner.start = (reason, args) => {
    given = args;
    return runner.start(reason);
  };
  service = await createTestService({
    adminToken: TOKEN,
    retraining: { runner: { start, view: () => runner.view() }, nextAt: () => nextAt },
  });
});
afterEach(async () => {
  await retraining.close();
  await service.close();
});

const post = (body?: object) =>
  request(service.app).post(ROUTE).set('Authorization', `Bearer ${TOKEN}`).send(body);
async function get(): Promise<RetrainAnswer> {
  const call = request(service.app).get(ROUTE).set('Authorization', `Bearer ${TOKEN}`);
  return retrainAnswerSchema.parse((await answerTo(call.expect(200))).body);
}

describe('POST /v1/admin/retrain', () => {
  it('starts a retraining and answers at once; a second one is refused while it runs', async () => {
    const gate = retraining.gate('go');
    retraining.steps = ['stage:train', 'say:epoch 1', gate.step, 'end:promote:2:better'];
    const { body, headers } = await answerTo(post({ reason: 'new photos' }).expect(202));
    expect(headers.location).toBe(ROUTE);
    expect(retrainAnswerSchema.parse(body)).toMatchObject({
      state: 'running',
      run: { reason: { kind: 'admin', detail: 'new photos' } },
    });
    const second = await answerTo(post().expect(409));
    expect(second.body).toMatchObject({ code: 'retrain_running' });
    await retraining.untilSaid('epoch 1');
    const during = await get();
    expect(during.run).toMatchObject({ stage: 'train', progress: { done: 1, unit: 'epochs' } });
    expect(during.log).toEqual(['epoch 1']);
    await gate.open();
    await retraining.runner.idle();
    expect(await get()).toMatchObject({
      state: 'idle',
      run: null,
      last: { outcome: 'promote', version: 2, reasons: ['better'] },
    });
  });

  it('passes on what may be changed', async () => {
    await post({ epochs: 3, seed: 7, force: true }).expect(202);
    expect(given).toEqual(['--epochs', '3', '--seed', '7', '--force']);
  });

  it.each([
    [{ epochs: 0 }],
    [{ epochs: '3' }],
    [{ data: 's3://elsewhere' }],
    [{ reason: 'x'.repeat(501) }],
  ])('refuses %j', async (body) => {
    const answer = await answerTo(post(body).expect(400));
    expect(answer.body).toMatchObject({ code: 'malformed_request' });
    expect((await get()).state).toBe('idle');
  });

  it('refuses while the server shuts down', async () => {
    retraining.runner.stop();
    const answer = await answerTo(post().expect(503));
    expect(answer.body).toMatchObject({ code: 'shutting_down' });
  });

  it('reports an installation that cannot train', async () => {
    const untrained = await createTestService({ adminToken: TOKEN });
    const call = request(untrained.app).post(ROUTE).set('Authorization', `Bearer ${TOKEN}`);
    const { body } = await answerTo(call.expect(501));
    expect(body).toMatchObject({ code: 'cannot_train', detail: 'A test cannot train.' });
    await untrained.close();
  });
});

describe('GET /v1/admin/retrain', () => {
  it('reports that nothing has run yet, and when the next run is due', async () => {
    expect(await get()).toEqual({
      state: 'idle',
      run: null,
      last: null,
      nextScheduledAt: nextAt.toISOString(),
      coolingDownUntil: null,
      log: [],
    });
  });

  it.each(['get', 'post'] as const)('and POST are for the token only (%s)', async (method) => {
    await request(service.app)[method](ROUTE).expect(401);
    const wrong = request(service.app)[method](ROUTE).set('Authorization', 'Bearer something-else');
    await wrong.expect(403);
    expect(given).toBeUndefined();
  });
});
