import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/** Why images cannot be tried here, or undefined. */
export function missingImageTools(): string | undefined {
  const missing = ['buildah', 'docker-registry'].filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined);
  return missing.length > 0 ? `${missing.join(' and ')} is not on PATH; expected both to build an image without a server and to push it to this machine; apt-get install buildah docker-registry` : undefined;
}

/** Programs that build, keep and run images, with all their state under one folder. */
export interface ImageTools {
  /** `127.0.0.1:<port>` of a registry. */
  registry: string;
  /** Runs a program of this repository, or buildah, to its end and gives its standard output. */
  run(program: string, ...parameters: string[]): Promise<string>;
  start(program: string, ...parameters: string[]): ChildProcess;
  close(): Promise<void>;
}

export async function startImageTools(folder: string): Promise<ImageTools> {
  const storage = join(folder, 'storage.conf');
  writeFileSync(storage, `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/storage"\nrunroot = "${folder}/run"\n`);
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: 'chroot', NODE_OPTIONS: '' };
  const registry = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, 'registry.yml'), `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/registry\nhttp:\n  addr: ${registry}\n`);
  const server = spawn('docker-registry', ['serve', join(folder, 'registry.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text).includes('listening on') && resolve());
    server.on('error', reject).on('exit', () => reject(new Error(`docker-registry ended before it listened; expected it to serve ${registry}; it said:\n${said}`)));
  });
  return {
    registry,
    run: async (program, ...parameters) => (await runFile(program, parameters, { env, maxBuffer: 10 << 20 })).stdout.trim(),
    start: (program, ...parameters) => spawn(program, parameters, { env, stdio: ['ignore', 'ignore', 'inherit'] }),
    async close() {
      server.kill();
      await ended;
    },
  };
}

/** Writes what a base image with this very Node and the libraries that it and DuckDB need is built from. */
export function writeBaseContext(folder: string): void {
  const add = (source: string, target: string): void => {
    mkdirSync(dirname(join(folder, 'root', target)), { recursive: true });
    copyFileSync(source, join(folder, 'root', target));
  };
  add(process.execPath, '/usr/bin/node');
  const libraries = spawnSync('ldd', [process.execPath], { encoding: 'utf8' }).stdout.match(/\/\S+\.so\S*/g) ?? [];
  for (const library of new Set(libraries)) add(library, library);
  mkdirSync(join(folder, 'root', 'tmp'), { recursive: true });
  chmodSync(join(folder, 'root', 'tmp'), 0o1777);
  writeFileSync(join(folder, 'Containerfile'), 'FROM scratch\nCOPY root/ /\nENV PATH=/usr/bin\n');
}

/** The process on this machine whose command line and environment hold these texts. */
export function findProcess(command: string, variable: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('node') && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(command) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(variable)) return Number(pid);
    } catch {
      continue;
    }
  }
  throw new Error(`no process of ${command} with ${variable}; expected one to run`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port; expected one of this machine');
  return address.port;
}
