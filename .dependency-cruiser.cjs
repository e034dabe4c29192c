/** The layers of src/, lowest first; a module imports only from its own layer's folder or from a lower layer. */
const layers = [
  [
    'errors',
    'logger',
    'metrics',
    'clock',
    'cancellation',
    'slots',
    'tracing',
    'program-version',
    'config',
    'worker-thread',
    'random',
    'progress',
    'whole-lines',
    'bounded-array',
    'own-value',
  ],
  ['preprocess', 'batching', 'gpu', 'engine', 'network', 'storage', 'drawing'],
  ['feedback'],
  ['registry', 'dataset'],
  ['drift'],
  ['training', 'evaluation'],
  ['lifecycle', 'retrain'],
  ['predict'],
  ['traffic'],
  ['http', 'app'],
  ['main'],
];
const modulePath = (name) => `^src/${name}(/|[.]ts$)`;
const anyOf = (names) => names.map(modulePath).join('|');

const pointDown = layers.slice(0, -1).map((names, depth) => ({
  name: `imports-point-down-from-${names[0]}`,
  severity: 'error',
  from: { path: anyOf(names) },
  to: { path: anyOf(layers.slice(depth + 1).flat()) },
}));

/** Each heavy package has one owner. */
const owners = [
  ['@tensorflow/', '^src/engine/tensorflow'],
  ['onnxruntime-node', '^src/engine/onnx-runtime[.]ts$'],
  ['(sharp|@julusian/jpeg-turbo)', '^src/(preprocess|drawing)/'],
  ['@aws-sdk/', '^src/storage/'],
  ['(express|express-rate-limit|cors|multer|helmet)', '^src/(http/|app[.]ts$)'],
  ['prom-client', '^src/metrics(/|[.]ts$)'],
  ['vega', '^src/evaluation/report/'],
  ['pino', '^src/logger[.]ts$'],
  ['@opentelemetry/', '^src/tracing[.]ts$'],
  ['croner', '^src/retrain/cron-times[.]ts$'],
];
const oneOwner = owners.map(([packages, owner]) => ({
  name: `only-owner-imports-${packages.replace(/\W+/g, '-')}`,
  severity: 'error',
  from: { path: '^(src|scripts)/', pathNot: owner },
  to: { path: `node_modules/${packages}` },
}));

module.exports = {
  forbidden: [
    ...pointDown,
    ...oneOwner,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '/index[.]ts$' } },
    {
      name: 'serving-never-imports-training',
      severity: 'error',
      from: { path: anyOf(['retrain', 'lifecycle', 'predict', 'traffic', 'http', 'app', 'main']) },
      to: { path: anyOf(['dataset', 'training', 'evaluation', 'drawing']) },
    },
    {
      name: 'client-stands-alone',
      comment: 'It is used in browsers and by programs that have nothing else of ours.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/client/' },
    },
    {
      name: 'src-never-imports-scripts-or-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|tests|bench)/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
