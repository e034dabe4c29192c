import type { CallFrame } from './cpu-profile.ts';

/** What the event loop's thread does for a photo. */
export const loopStages = [
  'HTTP and parsing',
  'decoding',
  'resampling',
  'batching',
  'hand-over',
  'serialization',
  'metrics and log',
  'garbage collection',
  'other',
] as const;
export type LoopStage = (typeof loopStages)[number];

/** The innermost frame that matches one of these decides, so that what a module calls counts as its own. */
const modules: readonly (readonly [LoopStage, RegExp])[] = [
  [
    'decoding',
    /jpeg-turbo|\/sharp\/|\/preprocess\/(fast-jpeg|jpeg-|image-format|photo-header|sharp-|exif|orientation)/,
  ],
  ['resampling', /\/inference\/preprocess\//],
  ['batching', /\/inference\/batching\/|\/predict\/loop-turns/],
  ['hand-over', /\/inference\/engine\/|node:internal\/worker/],
  [
    'metrics and log',
    /\/common\/(metrics|logger|tracing)|\/serving\/drift\/|access-log|prom-client|pino|sonic-boom/,
  ],
  [
    'serialization',
    /\/inference\/head\/|\/serving\/predict\/|express\/lib\/response|node:_http_outgoing/,
  ],
  ['HTTP and parsing', /\/serving\/http\/|node_modules\/|node:_http/],
];

/** Frames that V8 adds to a profile, by name. */
const synthetic: Readonly<Record<string, LoopStage | 'idle'>> = {
  '(garbage collector)': 'garbage collection',
  '(idle)': 'idle',
};

/**
 * The stage of a sample.
 * @param stack its frames, innermost first
 */
export function stageOf(stack: readonly CallFrame[]): LoopStage | 'idle' {
  const known = synthetic[stack[0]?.functionName ?? ''];
  if (known !== undefined) return known;
  for (const { url } of stack) {
    const found = modules.find(([, pattern]) => pattern.test(url));
    if (found !== undefined) return found[0];
  }
  return 'other';
}
