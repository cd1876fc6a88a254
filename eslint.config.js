// Lint rules: what the compiler cannot see and the layers of the design ask for. Layout is prettier's, imports between folders dependency-cruiser's.
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const noClass = {
  selector: ':matches(ClassDeclaration, ClassExpression)',
  message: 'Functions and plain objects; the one class is HubError.',
};
const noTimeoutSignal = {
  selector: 'CallExpression[callee.object.name="AbortSignal"][callee.property.name="timeout"]',
  message: 'withPatience() of ports/patience.ts: Node may collect this before it fires.',
};
const noClock = { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'The clock is handed in.' };
const noEnvironment = { object: 'process', property: 'env', message: 'The environment is read in services/main.ts only.' };
const noEnvironmentModule = { name: 'node:process', message: 'The environment is read in services/main.ts only.' };

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'data/', 'node_modules/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noClass],
      'max-lines': ['error', 220],
      'no-irregular-whitespace': ['error', { skipRegExps: true, skipStrings: true }],
      // A number reads in a template as it should.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // noUncheckedIndexedAccess leaves `!` as the way to say that an index is known to be there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The types of parsed JSON, of match groups and of an abort signal promise more than what comes.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // winston declares its transports as interfaces, which this rule takes for other classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Ports are plain objects of functions without `this`, so that their members may be taken apart.
      '@typescript-eslint/unbound-method': 'off',
      // `return res.end()` and `() => list.push(x)` are how this code reads.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Ports are asynchronous also where the embedded driver is not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['services/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noClass, noTimeoutSignal],
      'no-restricted-properties': ['error', noEnvironment],
      'no-restricted-imports': ['error', { paths: [noEnvironmentModule] }],
    },
  },
  {
    // Pure: no clock, no chance, no environment, nothing running by itself.
    files: ['services/domain/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport, noClass, noClock],
      'no-restricted-properties': [
        'error',
        noEnvironment,
        { object: 'Date', property: 'now', message: 'The clock is handed in.' },
        { object: 'Math', property: 'random', message: 'The domain knows no chance.' },
      ],
      'no-restricted-globals': ['error', 'process', 'console', 'performance', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'],
    },
  },
  // Thousands of rows and records are in hand at once; getters on a prototype cost none of them anything.
  {
    files: ['services/projector/row.ts', 'services/drivers/kafka/record-decoder.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport] },
  },
  { files: ['services/domain/errors.ts'], rules: { 'no-restricted-syntax': ['error', noDefaultExport, noClock] } },
  { files: ['test/**/*.ts'], rules: { 'max-lines': ['error', 350] } },
  { files: ['services/domain/identifiers/divisions-table.ts'], rules: { 'max-lines': 'off' } },
  { files: ['services/main.ts', 'services/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['services/main.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' } },
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: { globals: { require: 'readonly', module: 'writable', console: 'readonly' } },
  },
);
