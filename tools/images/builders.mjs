import { spawnSync } from 'node:child_process';

/** How each program says whether it works here; the first that does is used. */
const PROBES = { docker: ['version', '--format', '{{.Server.Version}}'], podman: ['info', '--format', '{{.Version.Version}}'], buildah: ['version'] };
export const BUILDERS = Object.keys(PROBES);

/** The program that builds images on this machine; Docker's client alone, without its server, does not count. */
export function chooseBuilder(wanted) {
  if (wanted && !BUILDERS.includes(wanted)) throw new Error(`builder ${wanted}; expected one of ${BUILDERS.join(', ')}`);
  const found = BUILDERS.find((program) => (!wanted || program === wanted) && spawnSync(program, PROBES[program], { stdio: 'ignore', env: process.env }).status === 0);
  if (!found) throw new Error(`${wanted ?? BUILDERS.join(', ')} does not work on this machine; expected ${wanted ? 'it' : 'one of them'} to be installed and running; install buildah, which needs no server`);
  return found;
}

/** Whether an image of this name is in the builder's own store. */
export function hasImage(builder, image) {
  const parameters = builder === 'buildah' ? ['inspect', '--type', 'image', image] : ['image', 'inspect', image];
  return spawnSync(builder, parameters, { stdio: 'ignore', env: process.env }).status === 0;
}

export function buildImage(builder, { image, folder, base, arch }) {
  const platform = `linux/${arch === 'x64' ? 'amd64' : arch}`;
  run(builder, ['build', '--platform', platform, '--build-arg', `BASE_IMAGE=${base}`, '--file', `${folder}/Containerfile`, '--tag', image, folder]);
}

/** Pushes under the credentials `{user, password}` of the registry, when it asks for some. */
export function pushImage(builder, image, target, { credentials, insecure }) {
  if (credentials) run(builder, ['login', '--username', credentials.user, '--password-stdin', target.split('/')[0]], credentials.password);
  if (builder === 'docker') {
    run(builder, ['tag', image, target]);
    run(builder, ['push', target]);
  } else {
    run(builder, ['push', ...(insecure ? ['--tls-verify=false'] : []), image, `docker://${target}`]);
  }
}

function run(program, parameters, input) {
  const { status, signal, error } = spawnSync(program, parameters, { env: process.env, stdio: [input === undefined ? 'ignore' : 'pipe', 2, 2], input });
  if (status !== 0) throw new Error(`${program} ${parameters[0]} ended with ${error?.message ?? signal ?? `code ${status}`}; expected 0; its last lines above say why`);
}
