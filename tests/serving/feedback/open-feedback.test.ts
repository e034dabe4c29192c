import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/common/clock.ts';
import { readConfig } from '../../../src/common/config/config.ts';
import { createLogger } from '../../../src/common/logger.ts';
import { openFeedback } from '../../../src/serving/feedback/open-feedback.ts';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';

const unused = () => Promise.reject(new Error('no photo is sent here'));
const answering = { predictions: { estimate: unused }, decoding: { reencode: unused } };
const open = (settings: NodeJS.ProcessEnv) =>
  openFeedback(
    {
      config: readConfig(settings),
      logger: createLogger('silent'),
      metrics: createMetrics(),
      clock: systemClock,
    },
    answering,
  );

describe('openFeedback', () => {
  it('observes no answers if feedback is off, so that no photo can be remembered', async () => {
    const part = await open({});
    expect(part.service).toBeUndefined();
    expect(part.observer).toBeUndefined();
    await part.start();
    part.stop();
  });

  it('observes answers if feedback is on', async () => {
    const folder = await mkdtemp(`${tmpdir()}/feedback-`);
    const part = await open({ FEEDBACK_STORE: folder });
    expect(part.service).toBeDefined();
    expect(part.observer).toBeDefined();
    await part.start();
    part.stop();
    await rm(folder, { recursive: true });
  });

  it.each(['gs://bucket/feedback', 's3://', 's3:///x'])(
    'refuses %s before anything starts',
    (location) =>
      expect(() => readConfig({ FEEDBACK_STORE: location })).toThrow(
        /FEEDBACK_STORE must be a folder or s3:\/\/bucket\/prefix/,
      ),
  );

  it.each(['s3://bucket', 's3://bucket/prefix', '/var/feedback', './feedback', 'f'])(
    'takes %s',
    (location) => expect(readConfig({ FEEDBACK_STORE: location }).FEEDBACK_STORE).toBe(location),
  );
});
