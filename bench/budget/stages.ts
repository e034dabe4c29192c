import type { CallFrame } from './cpu-profile.ts';

/** What the event loop's thread does for a photo. */
export const loopStages = [
  'HTTP and parsing',
  'decoding',
  'resampling',
  'batching',
  'hand-over',
  'serialising',
  'metrics and log',
  'garbage collection',
  'other',
] as const;
export type LoopStage = (typeof loopStages)[number];

/** The nearest frame that one of them knows decides, so that what a module calls counts as its own. */
const modules: readonly (readonly [LoopStage, RegExp])[] = [
  [
    'decoding',
    /jpeg-turbo|\/sharp\/|\/preprocess\/(fast-jpeg|jpeg-|image-format|photo-header|sharp-image|exif|configured-sharp)/,
  ],
  ['resampling', /\/src\/preprocess\//],
  ['batching', /\/src\/batching\/|\/src\/predict\/loop-turns/],
  ['hand-over', /\/src\/engine\/|node:internal\/worker/],
  [
    'metrics and log',
    /\/src\/metrics|\/src\/logger|\/src\/drift\/|access-log|prom-client|pino|sonic-boom/,
  ],
  ['serialising', /\/src\/network\/|\/src\/predict\/|express\/lib\/response|node:_http_outgoing/],
  ['HTTP and parsing', /\/src\/http\/|\/src\/app|node_modules\/|node:_http/],
];

/** Frames that V8 makes up, by name; idle is no work. */
const madeUp: Readonly<Record<string, LoopStage | 'idle'>> = {
  '(garbage collector)': 'garbage collection',
  '(idle)': 'idle',
};

/**
 * The stage of a sample.
 * @param stack its frames, the innermost first
 */
export function stageOf(stack: readonly CallFrame[]): LoopStage | 'idle' {
  const known = madeUp[stack[0]?.functionName ?? ''];
  if (known !== undefined) return known;
  for (const { url } of stack) {
    const found = modules.find(([, pattern]) => pattern.test(url));
    if (found !== undefined) return found[0];
  }
  return 'other';
}
