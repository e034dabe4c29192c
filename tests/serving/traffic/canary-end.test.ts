import { expect, it } from 'vitest';
import type { Alias, RegistryWriter } from '../../../src/registry/registry.ts';
import { CanaryEndWriter } from '../../../src/serving/traffic/canary-end.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';

const pointer: Alias = {
  version: 4,
  previous: null,
  weight: 0.5,
  updatedAt: '2026-01-01T00:00:00.000Z',
  by: 'me',
  reason: '',
  history: [],
};
const end = { model: 'face-age', pointer, by: 'guard', reason: 'It is slow.' };

/** A registry that does not answer a number of times. */
function registryThatFails(times: number) {
  const state = { alias: pointer, calls: 0 };
  const changeAlias: RegistryWriter['changeAlias'] = (_model, _alias, change) => {
    state.calls += 1;
    if (state.calls <= times) return Promise.reject(new Error('no answer'));
    state.alias = change(state.alias);
    return Promise.resolve(state.alias);
  };
  return { state, registry: { changeAlias } as RegistryWriter };
}

it('writes the end of a canary, at the latest when the registry answers again', async () => {
  const { state, registry } = registryThatFails(3);
  const clock = new ManualClock();
  await new CanaryEndWriter(registry, recordingLogger().logger, clock).write(end);
  expect(state.alias.weight).toBe(0.5);
  await clock.advance(1000 + 2000);
  expect(state.calls).toBe(3);
  await clock.advance(4000);
  expect(state.alias).toMatchObject({ weight: 0, by: 'guard', reason: 'It is slow.' });
  expect(clock.pendingTimers).toBe(0);
});

it('gives up if the alias has been moved meanwhile, and when it is stopped', async () => {
  const { state, registry } = registryThatFails(1);
  const clock = new ManualClock();
  const writer = new CanaryEndWriter(registry, recordingLogger().logger, clock);
  await writer.write(end);
  state.alias = { ...pointer, weight: 0.9, updatedAt: '2026-01-02T00:00:00.000Z' };
  await clock.advance(1000);
  expect(state).toMatchObject({ calls: 2, alias: { weight: 0.9 } });
  expect(clock.pendingTimers).toBe(0);

  state.calls = 0;
  await writer.write(end);
  writer.stop();
  await clock.advance(100_000);
  expect(state.calls).toBe(1);
});
