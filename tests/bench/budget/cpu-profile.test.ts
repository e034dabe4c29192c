import { describe, expect, it } from 'vitest';
import { sharesOf, type CpuProfile } from '../../../bench/budget/cpu-profile.ts';
import { stageOf } from '../../../bench/budget/stages.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });
const dist = (file: string) => `file:///app/dist/src/${file}`;

/** root → predict route → decode → native; root → (idle) */
const profile: CpuProfile = {
  startTime: 1000,
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 5, 6] },
    {
      id: 2,
      callFrame: frame('route', dist('serving/http/routes/predict-route.js')),
      children: [3],
    },
    { id: 3, callFrame: frame('decode', dist('inference/preprocess/fast-jpeg.js')), children: [4] },
    { id: 4, callFrame: frame('decompressSync') },
    { id: 5, callFrame: frame('(idle)') },
    { id: 6, callFrame: frame('(garbage collector)') },
  ],
  samples: [2, 4, 4, 5, 6, 2],
  timeDeltas: [100, 100, 100, 500, 100, 100],
};

describe('sharesOf', () => {
  it('attributes native code to the module that called it, and does not count idle time', () => {
    const shares = sharesOf(profile, { fromUs: 0, toUs: 10_000 }, stageOf);
    expect(Object.fromEntries(shares)).toEqual({
      'HTTP and parsing': 0.4,
      decoding: 0.4,
      'garbage collection': 0.2,
    });
  });

  it('counts only samples within the interval', () => {
    const shares = sharesOf(profile, { fromUs: 1150, toUs: 1850 }, stageOf);
    expect(Object.fromEntries(shares)).toEqual({ decoding: 1 });
  });
});

describe('stageOf', () => {
  it.each([
    [
      'decoding',
      [
        '/app/node_modules/@julusian/jpeg-turbo/index.js',
        dist('inference/preprocess/preprocess.js'),
      ],
    ],
    ['resampling', [dist('inference/preprocess/resample.js')]],
    ['batching', [dist('inference/batching/batcher.js')]],
    ['hand-over', ['node:internal/worker/io', dist('inference/batching/batcher.js')]],
    [
      'serialization',
      ['node:net', 'node:_http_outgoing', dist('serving/http/routes/predict-route.js')],
    ],
    [
      'metrics and log',
      ['/app/node_modules/pino/lib/proto.js', dist('serving/http/middleware/access-log.js')],
    ],
    ['HTTP and parsing', ['node:internal/streams/readable', 'node:_http_server']],
    ['other', ['node:internal/timers']],
  ])('is %s for the innermost known module', (stage, urls) => {
    expect(stageOf(urls.map((url) => frame('f', url)))).toBe(stage);
  });
});
