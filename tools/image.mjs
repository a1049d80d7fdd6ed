import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadLakeConfig } from '@data-master/lake-config';
import { buildImage, chooseBuilder, hasImage, pushImage } from './images/builders.mjs';
import { defaultBase, writeContext } from './images/image-context.mjs';
import { hasTag, openRegistry } from './images/registry.mjs';

const workspace = join(import.meta.dirname, '..');

const USAGE = `node tools/image.mjs build|push APP --repository NAME   the image of a task, from its bundle

  --repository NAME   repository of the image, without the prefix of dm.config.ts
  --base IMAGE        base image (default ${defaultBase}; an image with Node 24 and glibc)
  --arch arm64|x64    architecture (default arm64)
  --builder NAME      docker, podman or buildah (default: the first that works)
  --registry HOST/…   where to push (default: the ECR registry of the environment's AWS credentials)
  --dist FOLDER       folder of the bundle and of what is written (default dist)
`;

/**
 * Builds the image of an app unless its tag, a digest of its content, is there; writes `{repository, tag}` to
 * dist/images/<app>.json and returns it with the local name of the image.
 */
export async function buildAppImage({ app, repository, base = defaultBase, arch = 'arm64', builder, dist = join(workspace, 'dist') }) {
  const bundle = join(dist, 'task', app, 'main.mjs');
  if (!existsSync(bundle)) throw new Error(`${bundle} does not exist; expected the bundle of ${app}; run npx nx run ${app}:bundle`);
  const program = chooseBuilder(builder);
  const folder = join(dist, 'images', app);
  const { native } = JSON.parse(readFileSync(join(dist, 'maps', `${app}.json`), 'utf8'));
  const tag = writeContext({ bundle, native, folder, base, arch });
  const image = `localhost/${repository}:${tag}`;
  const isNew = !hasImage(program, image);
  if (isNew) buildImage(program, { image, folder, base, arch });
  mkdirSync(join(dist, 'images'), { recursive: true });
  writeFileSync(join(dist, 'images', `${app}.json`), `${JSON.stringify({ repository, tag })}\n`);
  return { repository, tag, image, program, isNew };
}

/** Builds the image and pushes it unless the registry holds its tag. */
export async function pushAppImage({ registry: given, ...options }) {
  const built = await buildAppImage(options);
  const registry = await openRegistry(given);
  const target = `${registry.address}/${built.repository}:${built.tag}`;
  const isNew = !(await hasTag(registry, built.repository, built.tag));
  if (isNew) pushImage(built.program, built.image, target, registry);
  return { ...built, target, isNew };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { positionals: [verb, app], values } = parseArgs({ allowPositionals: true, options: { repository: text, base: text, arch: text, builder: text, registry: text, dist: text } });
  if (!['build', 'push'].includes(verb) || !app || !values.repository) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  } else {
    try {
      const { prefix } = await loadLakeConfig({ folder: workspace });
      const options = { ...values, app, repository: `${prefix}-${values.repository}` };
      const { image, target, isNew } = await (verb === 'build' ? buildAppImage : pushAppImage)(options);
      console.log(`${target ?? image} ${isNew ? (verb === 'build' ? 'built' : 'pushed') : 'is there already'}`);
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}
