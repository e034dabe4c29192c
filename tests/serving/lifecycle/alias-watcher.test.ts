import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AliasWatcher, type AliasFollower } from '../../../src/serving/lifecycle/alias-watcher.ts';
import { createMetrics, type Metrics } from '../../../src/common/metrics/metrics.ts';
import { RegistryError, type Alias, type ModelRegistry } from '../../../src/registry/registry.ts';
import { deferred, settle } from '../../support/fakes/deferred.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';

const aliasOf = (version: number): Alias => ({
  version,
  previous: null,
  updatedAt: '2024-01-01T00:00:00Z',
  by: 'tests',
  reason: '',
  history: [],
});

const POLL_MS = 5000;
let clock: ManualClock;
let metrics: Metrics;
let watcher: AliasWatcher;
const { logger, logged, forget } = recordingLogger();
const readAlias = vi.fn<ModelRegistry['readAlias']>();
const recallAlias = vi.fn<ModelRegistry['recallAlias']>();
const manager = { setDesired: vi.fn(), reportSourceFault: vi.fn() };

beforeEach(() => {
  vi.resetAllMocks();
  recallAlias.mockResolvedValue(undefined);
  forget();
  clock = new ManualClock();
  metrics = createMetrics();
  watcher = createWatcher(0.5);
});

function createWatcher(random: number, follower: AliasFollower = manager): AliasWatcher {
  return new AliasWatcher({
    registry: { location: './models', readAlias, recallAlias } as unknown as ModelRegistry,
    modelName: 'face-age',
    alias: 'production',
    pollMs: POLL_MS,
    manager: follower,
    logger,
    metrics,
    random: () => random,
    clock,
  });
}

describe('the alias watcher', () => {
  it("passes on the alias's version at each poll", async () => {
    readAlias.mockResolvedValueOnce(aliasOf(1)).mockResolvedValue(aliasOf(2));
    await watcher.start();
    expect(manager.setDesired).toHaveBeenLastCalledWith(
      { alias: 'production', version: 1 },
      aliasOf(1),
    );
    await clock.advance(POLL_MS);
    expect(manager.setDesired).toHaveBeenLastCalledWith(
      { alias: 'production', version: 2 },
      aliasOf(2),
    );
  });

  it.each([
    [0, 0.9],
    [0.999_999, 1.1],
  ])('varies the interval by a tenth (random %d)', async (random, share) => {
    readAlias.mockResolvedValue(aliasOf(1));
    watcher = createWatcher(random);
    await watcher.start();
    await clock.advance(POLL_MS * share - 1);
    expect(readAlias).toHaveBeenCalledTimes(1);
    await clock.advance(2);
    expect(readAlias).toHaveBeenCalledTimes(2);
  });

  it('explains a missing alias and desires no version', async () => {
    readAlias.mockResolvedValue(undefined);
    await watcher.start();
    expect(manager.setDesired).not.toHaveBeenCalled();
    expect(manager.reportSourceFault).toHaveBeenCalledWith(
      expect.stringMatching(/no alias "production".*\.\/models: npm run publish/),
    );
  });

  it('reports a missing alias to a follower for which that is no fault', async () => {
    const reportMissing = vi.fn();
    const follower = { ...manager, reportMissing };
    readAlias.mockResolvedValue(undefined);
    await createWatcher(0.5, follower).start();
    expect(reportMissing).toHaveBeenCalledOnce();
    expect(manager.reportSourceFault).not.toHaveBeenCalled();
    expect(logged('warn')).toEqual([]);
  });

  it('uses the remembered alias if the registry does not answer from the start', async () => {
    readAlias.mockRejectedValue(new RegistryError('unreachable'));
    recallAlias.mockResolvedValue(aliasOf(3));
    await watcher.start();
    expect(manager.setDesired).toHaveBeenLastCalledWith(
      { alias: 'production', version: 3 },
      aliasOf(3),
    );
    expect(manager.reportSourceFault).toHaveBeenLastCalledWith(
      expect.stringContaining('unreachable'),
    );
    readAlias.mockResolvedValue(aliasOf(4));
    await clock.advance(2 * POLL_MS);
    expect(manager.setDesired).toHaveBeenLastCalledWith(
      { alias: 'production', version: 4 },
      aliasOf(4),
    );
  });

  it('does not use the remembered alias once the registry has answered', async () => {
    readAlias.mockResolvedValueOnce(aliasOf(1)).mockRejectedValue(new RegistryError('gone'));
    await watcher.start();
    await clock.advance(2 * POLL_MS);
    expect(recallAlias).not.toHaveBeenCalled();
    expect(manager.setDesired).toHaveBeenCalledTimes(1);
  });

  it('logs a fault once, another one once, and that it is over', async () => {
    readAlias.mockResolvedValueOnce(aliasOf(1)).mockRejectedValue(new RegistryError('gone'));
    await watcher.start();
    await clock.advance(5 * POLL_MS);
    readAlias.mockRejectedValue(new RegistryError('500'));
    await clock.advance(5 * POLL_MS);
    readAlias.mockResolvedValue(aliasOf(1));
    await clock.advance(2 * POLL_MS);
    expect(logged('warn')).toEqual([
      'The registry does not answer: gone',
      'The registry does not answer: 500',
    ]);
    expect(logged('info')).toEqual(['the registry answers again']);
  });

  it('polls an unavailable registry again, with delays that grow to half the interval', async () => {
    readAlias.mockRejectedValue(new RegistryError('unreachable'));
    await watcher.start();
    expect(manager.reportSourceFault).toHaveBeenCalledWith(expect.stringContaining('unreachable'));
    for (const [index, waitMs] of [1000, 2000, POLL_MS / 2, POLL_MS / 2].entries()) {
      await clock.advance(waitMs - 1);
      expect(readAlias).toHaveBeenCalledTimes(index + 1);
      await clock.advance(1);
      expect(readAlias).toHaveBeenCalledTimes(index + 2);
    }
    expect((await metrics.registryPolls.get()).values).toMatchObject([
      { labels: { result: 'ok' }, value: 0 },
      { labels: { result: 'failed' }, value: 5 },
    ]);
    readAlias.mockResolvedValue(aliasOf(1));
    await clock.advance(POLL_MS);
    expect(manager.setDesired).toHaveBeenCalledTimes(1);
    expect((await metrics.registryLastSuccess.get()).values[0]!.value).toBeGreaterThan(0);
  });

  it('polls at once on request, and from then on at the interval', async () => {
    readAlias.mockResolvedValue(aliasOf(1));
    await watcher.start();
    await clock.advance(POLL_MS - 1);
    await watcher.poll();
    expect(readAlias).toHaveBeenCalledTimes(2);
    await clock.advance(POLL_MS - 1);
    expect(readAlias).toHaveBeenCalledTimes(2);
    await clock.advance(1);
    expect(readAlias).toHaveBeenCalledTimes(3);
  });

  it('asked to poll during a poll, polls once more after it and never twice at a time', async () => {
    const first = deferred<Alias>();
    readAlias.mockReturnValueOnce(first.promise).mockResolvedValue(aliasOf(2));
    const polls = [watcher.start(), watcher.poll(), watcher.poll()];
    await settle();
    expect(readAlias).toHaveBeenCalledTimes(1);
    first.resolve(aliasOf(1));
    await Promise.all(polls);
    expect(readAlias).toHaveBeenCalledTimes(2);
    expect(manager.setDesired).toHaveBeenLastCalledWith(
      { alias: 'production', version: 2 },
      aliasOf(2),
    );
    expect(clock.pendingTimers).toBe(1);
  });

  it('reports nothing more once stopped, even from a poll under way', async () => {
    const held = deferred<Alias>();
    readAlias.mockReturnValue(held.promise);
    const polling = watcher.start();
    watcher.stop();
    held.resolve(aliasOf(1));
    await polling;
    expect(manager.setDesired).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });
});
