/* Loaded into every thread of a service before its own code; SIGUSR2 brings about what FAULT names. */
const { isMainThread } = require('node:worker_threads');

const channel = new BroadcastChannel('fault');
channel.unref();

const faults = {
  /** The engine's thread ends; others, such as a loader's, do not hold the engine. */
  'engine-exit': {
    inThread: () => {
      const isEngine = Object.keys(require.cache).some((path) => path.includes('onnxruntime-node'));
      if (isEngine) process.exit(3);
    },
  },
  /** The time of day leaps by a year: forward, and back over where it was. */
  'clock-jump': { inMain: leap },
};

const YEAR_MS = 365 * 86_400_000;
const RealDate = Date;
let shiftMs = 0;

function leap() {
  shiftMs = shiftMs > 0 ? -YEAR_MS : YEAR_MS;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() + shiftMs);
      else super(...parts);
    }

    static now() {
      return RealDate.now() + shiftMs;
    }
  };
}

const { inMain, inThread } = faults[process.env.FAULT];
if (isMainThread) {
  process.on('SIGUSR2', () => {
    inMain?.();
    channel.postMessage('now');
  });
} else channel.onmessage = () => inThread?.();
