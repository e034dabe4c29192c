/**
 * The layers of src/, lowest first: a module imports only from its own area or from a lower layer. Areas that share a
 * layer never import each other. `.` stands for the files directly in the folder.
 */
const areas = [
  ['common'],
  ['inference'],
  ['registry', 'drawing'],
  ['learning', 'serving'],
  ['cli'],
];

/** The layers within an area, lowest first; folders that share a layer may import each other as long as there is no cycle. */
const layersWithin = {
  inference: [['preprocess', 'head', 'faces'], ['decoding', 'engine', 'batching'], ['.']],
  registry: [['store'], ['.', 'detector', 'drift', 'feedback'], ['loading']],
  serving: [
    ['lifecycle'],
    ['predict'],
    ['traffic', 'drift', 'feedback', 'retraining'],
    ['http'],
    ['.'],
  ],
  learning: [
    ['networks'],
    ['onnx', 'dataset'],
    ['training', 'evaluation', 'detector'],
    ['gate'],
    ['retrain'],
  ],
};

const areaPath = (area) => `^src/${area}/`;
const folderPath = (area) => (folder) =>
  folder === '.' ? `^src/${area}/[^/]+$` : `^src/${area}/${folder}/`;
const anyOf = (names, toPath) => names.map(toPath).join('|');

/** A rule for each layer but the highest: nothing in it imports from a layer above. */
const pointDown = (name, layers, toPath) =>
  layers.slice(0, -1).map((names, depth) => ({
    name: `imports-point-down-in-${name}-from-${names[0]}`,
    severity: 'error',
    from: { path: anyOf(names, toPath) },
    to: { path: anyOf(layers.slice(depth + 1).flat(), toPath) },
  }));

const siblings = areas
  .filter((names) => names.length > 1)
  .flatMap((names) =>
    names.map((name) => ({
      name: `${name}-stands-apart`,
      severity: 'error',
      from: { path: areaPath(name) },
      to: {
        path: anyOf(
          names.filter((other) => other !== name),
          areaPath,
        ),
      },
    })),
  );

/** Each heavy package has one owner. */
const owners = [
  ['@tensorflow/', '^src/inference/engine/tensorflow'],
  ['onnxruntime-node', '^src/inference/engine/onnx-runtime[.]ts$'],
  ['(sharp|@julusian/jpeg-turbo)', '^src/(inference/preprocess|drawing)/'],
  ['@aws-sdk/', '^src/registry/store/'],
  ['(express|express-rate-limit|cors|multer|helmet)', '^src/serving/http/'],
  ['prom-client', '^src/common/metrics/'],
  ['vega', '^src/learning/evaluation/report/'],
  ['pino', '^src/common/logger[.]ts$'],
  ['@opentelemetry/', '^src/common/tracing[.]ts$'],
  ['croner', '^src/serving/retraining/'],
  ['commander', '^src/cli/'],
];
const oneOwner = owners.map(([packages, owner]) => ({
  name: `only-owner-imports-${packages.replace(/\W+/g, '-')}`,
  severity: 'error',
  from: { path: '^(src|scripts)/', pathNot: owner },
  to: { path: `node_modules/${packages}` },
}));

module.exports = {
  forbidden: [
    ...pointDown('src', areas, areaPath),
    ...siblings,
    ...Object.entries(layersWithin).flatMap(([area, layers]) =>
      pointDown(area, layers, folderPath(area)),
    ),
    ...oneOwner,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '/index[.]ts$' } },
    {
      name: 'client-stands-alone',
      comment: 'It is used in browsers and by programs that have nothing else of ours.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/client/' },
    },
    {
      name: 'src-imports-only-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(scripts|tests|bench|deploy)/' },
    },
    {
      name: 'scripts-import-only-src',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^(tests|bench|deploy)/' },
    },
    {
      name: 'bench-never-imports-scripts',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^(scripts|deploy)/' },
    },
    {
      name: 'faces-and-head-run-in-browsers',
      comment:
        'Finding, aligning and reading ages is arithmetic: no module of Node, codec or engine.',
      severity: 'error',
      from: { path: '^src/inference/(faces|head)/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/zod/',
      },
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
