import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** Refuses identifiers that hold one of the words (regular expressions) as a camelCase or UPPER_CASE part. */
function refuseWords(words, message) {
  const forms = words.flatMap((word) => [
    `(?:^|[^A-Za-z])${word}`,
    word[0].toUpperCase() + word.slice(1),
    word.replace(/[A-Z]/g, '_$&').toUpperCase(),
  ]);
  return ['Identifier', 'PrivateIdentifier'].map((node) => ({
    selector: `${node}[name=/${forms.join('|')}/]`,
    message,
  }));
}

const plainWords = refuseWords(
  [
    'wish',
    'letGo',
    'goOn',
    'sitting',
    'occasion',
    'keeper',
    'proven(?!ance)',
    'told',
    'judg',
    'tell(?!er)',
  ],
  "Use the field's own words; docs/architecture.md has a glossary.",
);
const onlyEarlyStopping = refuseWords(
  ['patience'],
  'Only early stopping has patience; anywhere else it is a retry policy or a time limit.',
);

const onnxruntime = {
  name: 'onnxruntime-node',
  message: 'Import src/inference/engine/onnx-runtime.ts, which switches its telemetry off first.',
  allowTypeImports: true,
};
const useClock = 'Use src/common/clock.ts: timers beyond 2^31 ms fire at once.';
const timers = ['setTimeout', 'setInterval'].map((name) => ({ name, message: useClock }));

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'coverage',
      'models',
      '**/*.cjs',
      // What the compiler made of a release.
      'tests/support/client-0.1.*',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  regexp.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['eslint.config.js', 'scripts/face-age.js', '.ci/*.mjs'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Typed arrays are indexed in tight loops where the index is in range by construction.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        onnxruntime,
        {
          name: 'node:timers/promises',
          importNames: ['setTimeout', 'setInterval'],
          message: useClock,
        },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      complexity: ['error', 12],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-console': 'error',
      // A text from outside must be matched in time linear in its length.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
      'regexp/match-any': ['error', { allows: ['[^]', 'dotAll'] }],
      'regexp/no-unused-capturing-group': ['error', { fixable: true }],
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-syntax': ['error', ...plainWords, ...onlyEarlyStopping],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only src/common/config reads the environment.',
        },
      ],
    },
  },
  {
    files: ['src/common/config/config.ts', 'tests/**', '*.config.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['scripts/**', 'src/cli/**', 'bench/**', 'deploy/**', 'tests/**', '.ci/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // The client and the page import nothing else of the repository.
    files: ['src/common/clock.ts', 'src/client/**', 'src/serving/http/page/**'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['bench/**', 'tests/**'],
    rules: {
      'no-restricted-globals': 'off',
      '@typescript-eslint/no-restricted-imports': ['error', onnxruntime],
    },
  },
  { files: ['bench/**', 'deploy/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Early stopping has patience.
    files: ['src/learning/training/**', 'tests/learning/training/**'],
    rules: { 'no-restricted-syntax': ['error', ...plainWords] },
  },
  {
    files: ['tests/**'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-empty-function': 'off' },
  },
  {
    files: ['eslint.config.js', 'scripts/face-age.js', '.ci/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
  // The compiler knows a browser's names, and Node has its own.
  { files: ['src/serving/http/page/**', '.ci/**'], rules: { 'no-undef': 'off' } },
);
