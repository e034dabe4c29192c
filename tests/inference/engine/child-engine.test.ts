import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ChildEngine, HostileGraphError } from '../../../src/inference/engine/child-engine.ts';
import { EngineUnavailableError } from '../../../src/inference/engine/engine.ts';
import { FakeThread } from '../../support/fakes/fake-thread.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const TASK_MS = 1000;
const artifact = { directory: '', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 };

/** A process that ends with the reason that the system gives when it is killed. */
class KilledThread extends FakeThread {
  override terminate(): Promise<number> {
    this.emit('error', new Error('the process that ran it was ended by SIGKILL'));
    return super.terminate();
  }
}

function startWith(thread: FakeThread) {
  const clock = new ManualClock();
  const settings = { engine: 'onnxruntime', device: 'cpu', threads: 0 } as const;
  const startThread = () => thread;
  const starting = ChildEngine.start({
    ...{ settings, clock, startThread },
    taskMs: TASK_MS,
    memoryMaxBytes: 1,
  });
  return { clock, starting };
}

describe('an engine in a child process', () => {
  it('has a minute to start, however short the limit of a task is', async () => {
    const thread = new KilledThread();
    const { clock, starting } = startWith(thread);
    await clock.advance(20 * TASK_MS);
    thread.becomeReady();
    await expect(starting).resolves.toBeInstanceOf(ChildEngine);
  });

  it('is unavailable where it does not start in time, and says so', async () => {
    const { clock, starting } = startWith(new KilledThread());
    const refused = expect(starting).rejects.toThrow(
      new EngineUnavailableError('it did not start in time'),
    );
    await clock.advance(61_000);
    await refused;
  });

  it('names a task that exceeds its limit as the fault of the graph', async () => {
    const thread = new KilledThread();
    const { clock, starting } = startWith(thread);
    thread.becomeReady();
    const engine = await starting;
    const refused = expect(engine.load(artifact)).rejects.toThrow(
      new HostileGraphError('loading a network took longer than 1 s'),
    );
    await setImmediate();
    await clock.advance(2 * TASK_MS);
    await refused;
  });
});
