import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const workspace = join(import.meta.dirname, '..');

/** The packages with native code, which a layer or an image carries beside the bundle. */
export const NATIVE_PACKAGE = '@duckdb/node-api';

/** CommonJS packages inside a bundle ask for Node's modules by `require`. */
const REQUIRE_BANNER = "import{createRequire as createRequireOfBundle}from'node:module';const require=createRequireOfBundle(import.meta.url);";

/**
 * Bundles the app `name` into one minified ES module: a Lambda (`src/handler.ts`) into `lambda/<name>/handler.mjs`, a
 * task (`src/main.ts`) into `task/<name>/main.mjs`, both under `outFolder`. Its source map lies apart, in `maps/`, so
 * that what is deployed holds code only; the same sources give the same bytes. Returns the entry of the table.
 */
export async function bundleApp(name, outFolder = join(workspace, 'dist')) {
  const source = join(workspace, 'apps', name, 'src');
  const kind = existsSync(join(source, 'handler.ts')) ? 'lambda' : 'task';
  const entry = kind === 'lambda' ? 'handler' : 'main';
  if (!existsSync(join(source, `${entry}.ts`))) throw new Error(`apps/${name}/src has no entry; expected handler.ts of a Lambda or main.ts of a task`);
  const file = join(outFolder, kind, name, `${entry}.mjs`);
  rmSync(dirname(file), { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(source, `${entry}.ts`)], outfile: file, absWorkingDir: workspace, bundle: true, format: 'esm', platform: 'node', target: 'node24',
    mainFields: ['module', 'main'], minify: true, legalComments: 'none', sourcemap: 'external', metafile: true, logLevel: 'error',
    banner: { js: REQUIRE_BANNER }, plugins: [pureSources, nativeByRequire, withoutTranslations],
  });
  const map = join(outFolder, 'maps', `${name}.mjs.map`);
  mkdirSync(dirname(map), { recursive: true });
  renameSync(`${file}.map`, map);
  const output = metafile.outputs[relative(workspace, file)];
  const bundle = { name, kind, file: relative(outFolder, file), sizeBytes: output.bytes, native: usesNative(output), packages: sizesByPackage(output) };
  writeFileSync(join(outFolder, 'maps', `${name}.json`), `${JSON.stringify(bundle, undefined, 2)}\n`);
  return bundle;
}

/** Importing a module of this repository does nothing by itself, so what is not used of it can go. */
const pureSources = {
  name: 'pure-sources',
  setup(bundler) {
    bundler.onResolve({ filter: /^(@data-master\/|\.)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === pureSources) return undefined;
      const resolved = await bundler.resolve(path, { ...from, pluginData: pureSources });
      const isOurs = !relative(workspace, resolved.path).includes('node_modules');
      return { ...resolved, pluginData: undefined, ...(isOurs && { sideEffects: false }) };
    });
  },
};

/** A layer is found by NODE_PATH, which `require` reads and `import` does not. */
const nativeByRequire = {
  name: 'native-by-require',
  setup(bundler) {
    bundler.onResolve({ filter: /^@duckdb\// }, ({ path, kind }) => (kind === 'require-call' ? { path, external: true } : { path, namespace: 'native' }));
    bundler.onLoad({ filter: /.*/, namespace: 'native' }, ({ path }) => ({ contents: `module.exports = require(${JSON.stringify(path)})`, resolveDir: workspace }));
  },
};

/** The messages of zod in fifty languages are a fifth of a bundle; English is not among these. */
const withoutTranslations = {
  name: 'without-translations',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: 'export {}', loader: 'js' }));
  },
};

function usesNative({ inputs }) {
  return Object.keys(inputs).some((input) => input.startsWith('native:') && inputs[input].bytesInOutput > 0);
}

/** Bytes of the bundle by the package that they come from, largest first. */
function sizesByPackage({ inputs }) {
  const sizes = {};
  for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
    if (bytesInOutput === 0) continue;
    const [, scope, rest] = /.*node_modules\/(@[^/]+\/)?([^/]+)/.exec(input) ?? [];
    const owner = rest ? `${scope ?? ''}${rest}` : input.split('/').slice(0, 3).join('/');
    sizes[owner] = (sizes[owner] ?? 0) + bytesInOutput;
  }
  return Object.fromEntries(Object.entries(sizes).sort(([, one], [, other]) => other - one));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { positionals: [name = ''], values: { dist } } = parseArgs({ allowPositionals: true, options: { dist: { type: 'string', default: join(workspace, 'dist') } } });
  const { file, sizeBytes } = await bundleApp(name, dist);
  console.log(`${join(dist, file)}: ${Math.ceil(sizeBytes / 1000)} KB`);
}
