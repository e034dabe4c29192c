import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminAnswerSchema } from '../../../src/serving/http/routes/admin-routes.ts';
import { answerTo } from '../../support/answer-to.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const TOKEN = 'a-token-of-16-or-more';

let service: TestService;
beforeEach(async () => {
  service = await createTestService({ adminToken: TOKEN });
  await service.folder.writeVersion(2);
  await service.folder.writeVersion(3);
});
afterEach(() => service.close());

const post = (route: string, body?: object) =>
  request(service.app)
    .post(`/v1/admin/${route}`)
    .set('Authorization', `Bearer ${TOKEN}`)
    .send(body);
const servingVersion = async (): Promise<number | undefined> => {
  await service.settled();
  return service.manager.status.current?.model.manifest.version;
};

describe('the admin routes', () => {
  it('promote a version, which this server then serves', async () => {
    const { body } = await answerTo(post('promote', { version: 2, reason: 'better' }).expect(200));
    expect(adminAnswerSchema.parse(body).alias).toEqual({
      name: 'production',
      version: 2,
      previous: 1,
    });
    expect(await servingVersion()).toBe(2);
    const alias = await service.registry.readAlias('face-age', 'production');
    expect(alias?.by).toMatch(/^admin request /);
    expect(alias?.reason).toBe('better');
  });

  it('roll back', async () => {
    await post('promote', { version: 2 }).expect(200);
    await post('rollback').expect(200);
    expect(await servingVersion()).toBe(1);
  });

  it('move an alias only from the version that is expected', async () => {
    await post('promote', { version: 2, expectedVersion: 1 }).expect(200);
    const lost = await answerTo(post('promote', { version: 3, expectedVersion: 1 }).expect(409));
    expect(lost.body).toMatchObject({ code: 'alias_moved' });
    const back = await answerTo(post('rollback', { expectedVersion: 3 }).expect(409));
    expect(back.body).toMatchObject({ code: 'alias_moved' });
    expect(await servingVersion()).toBe(2);
  });

  it('move other aliases too, which leaves what serves as it is', async () => {
    const { body } = await answerTo(post('promote', { version: 3, alias: 'staging' }).expect(200));
    expect(body).toMatchObject({ alias: { name: 'staging', version: 3 }, state: 'serving' });
    expect(await servingVersion()).toBe(1);
  });

  it('give a canary its share of the traffic, and report its state', async () => {
    const requested = { version: 3, alias: 'canary', weight: 0.25 };
    const { body } = await answerTo(post('promote', requested).expect(200));
    expect(body).toMatchObject({ alias: { name: 'canary', version: 3 }, state: 'loading' });
    expect(await servingVersion()).toBe(1);
    const alias = await service.registry.readAlias('face-age', 'canary');
    expect(alias).toMatchObject({ version: 3, weight: 0.25 });
  });

  it('reload: ask the registry at once', async () => {
    await service.folder.writeAlias('production', 3);
    const { body } = await answerTo(post('reload').expect(200));
    expect(adminAnswerSchema.parse(body).alias).toBeNull();
    expect(await servingVersion()).toBe(3);
  });

  it.each([
    [{ version: 9 }, 404, 'model_not_found'],
    [{ version: '2' }, 400, 'malformed_request'],
    [{}, 400, 'malformed_request'],
    [{ version: 2, weight: 0.5 }, 400, 'malformed_request'],
    [{ version: 2, alias: 'canary' }, 400, 'malformed_request'],
    [{ version: 2, alias: 'canary', weight: 1.5 }, 400, 'malformed_request'],
    [{ version: 2, alias: '../x' }, 400, 'malformed_request'],
    [{ version: 2, more: true }, 400, 'malformed_request'],
    [{ version: 2, reason: 'x'.repeat(20_000) }, 413, 'request_too_large'],
  ])('refuse %j', async (body, status, code) => {
    const answer = await answerTo(post('promote', body).expect(status));
    expect(answer.body).toMatchObject({ code });
    expect(await servingVersion()).toBe(1);
  });

  it('have nothing to roll back to at first', async () => {
    const answer = await answerTo(post('rollback').expect(404));
    expect(answer.body).toMatchObject({ code: 'model_not_found' });
  });
});

describe('the admin token', () => {
  it.each(['reload', 'promote', 'rollback', 'anything'])('guards %s', async (route) => {
    const path = `/v1/admin/${route}`;
    const bare = await answerTo(request(service.app).post(path).expect(401));
    expect(bare.headers['www-authenticate']).toBe('Bearer');
    expect(bare.body).toMatchObject({ code: 'unauthorized' });
    for (const given of [`Bearer ${TOKEN}x`, 'Bearer wrong']) {
      const { body } = await answerTo(request(service.app).post(path).set('Authorization', given));
      expect(body).toMatchObject({ status: 403, code: 'forbidden' });
    }
  });

  it('switches the routes off if it is not set', async () => {
    const off = await createTestService();
    const answer = await answerTo(
      request(off.app)
        .post('/v1/admin/reload')
        .set('Authorization', 'Bearer undefined')
        .expect(403),
    );
    expect(answer.body).toMatchObject({ code: 'admin_off' });
    await off.close();
  });
});
