import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildImage, chooseBuilder, pushImage } from './builders.mjs';
import { defaultBase, writeContext } from './image-context.mjs';
import { hasTag, openRegistry } from './registry.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the context of an image', () => {
  it('holds the bundle with DuckDB beside it, and its tag changes with the bundle, the base and the architecture', () => {
    const bundle = join(folder, 'main.mjs');
    const settings = { bundle, native: true, folder: join(folder, 'context'), base: defaultBase, arch: process.arch };
    writeFileSync(bundle, 'export const one = 1;');
    const tag = writeContext(settings);
    expect(tag).toMatch(/^[0-9a-f]{16}$/);
    expect(writeContext(settings)).toBe(tag);
    expect(writeContext({ ...settings, base: 'node:24' })).not.toBe(tag);
    for (const file of ['app/main.mjs', 'app/node_modules/@duckdb/node-api/lib/index.js', `app/node_modules/@duckdb/node-bindings-linux-${process.arch}/duckdb.node`]) {
      expect(existsSync(join(settings.folder, file))).toBe(true);
    }
    writeFileSync(bundle, 'export const one = 2;');
    expect(writeContext(settings)).not.toBe(tag);
    writeContext({ ...settings, native: false });
    expect(readdirSync(join(settings.folder, 'app'))).toEqual(['main.mjs']);
    expect(() => writeContext({ ...settings, arch: 'sparc' })).toThrow(/sparc; expected one of arm64, x64/);
  });

  it('starts node itself, so that signals reach it, as a user without rights', () => {
    const text = readFileSync(join(import.meta.dirname, 'Containerfile'), 'utf8');
    expect(text).toMatch(/^ENTRYPOINT \["node", "\/app\/main\.mjs"\]$/m);
    expect(text).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(defaultBase).toMatch(/node:24/);
  });
});

describe('the builder', () => {
  const { PATH } = process.env;
  beforeEach(() => {
    process.env.PATH = join(folder, 'bin');
    mkdirSync(process.env.PATH);
  });
  afterEach(() => {
    process.env.PATH = PATH;
  });

  /** A program that logs its parameters and standard input, and ends with `code`. */
  const stand = (name, code = 0) => {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\necho "$@" >> ${folder}/log\n[ "$1" = login ] && /bin/cat >> ${folder}/log\nexit ${code}\n`);
    chmodSync(file, 0o755);
  };
  const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

  it('is the first that works: a client without its server does not', () => {
    stand('docker', 1);
    stand('buildah');
    expect(chooseBuilder()).toBe('buildah');
    stand('podman');
    expect(chooseBuilder()).toBe('podman');
    expect(chooseBuilder('buildah')).toBe('buildah');
  });

  it('is refused with the remedy when none works or it is unknown', () => {
    expect(() => chooseBuilder()).toThrow(/does not work on this machine; .*install buildah/);
    expect(() => chooseBuilder('kaniko')).toThrow(/expected one of docker, podman, buildah/);
  });

  it('builds for the platform with the base as argument', () => {
    stand('buildah');
    buildImage('buildah', { image: 'localhost/dm-x:1', folder: '/context', base: 'node:24', arch: 'arm64' });
    expect(log()).toEqual(['build --platform linux/arm64 --build-arg BASE_IMAGE=node:24 --file /context/Containerfile --tag localhost/dm-x:1 /context']);
  });

  it('signs in by standard input and pushes, docker under a second name', () => {
    for (const program of ['docker', 'buildah']) stand(program);
    const credentials = { user: 'AWS', password: 'secret' };
    pushImage('buildah', 'localhost/dm-x:1', 'registry.example/dm-x:1', { credentials, insecure: false });
    pushImage('docker', 'localhost/dm-x:1', 'registry.example/dm-x:1', { insecure: false });
    pushImage('buildah', 'localhost/dm-x:1', '127.0.0.1:5000/dm-x:1', { insecure: true });
    expect(log()).toEqual([
      'login --username AWS --password-stdin registry.example', 'secretpush localhost/dm-x:1 docker://registry.example/dm-x:1',
      'tag localhost/dm-x:1 registry.example/dm-x:1', 'push registry.example/dm-x:1', 'push --tls-verify=false localhost/dm-x:1 docker://127.0.0.1:5000/dm-x:1',
    ]);
  });

  it('says with what a program ended', () => {
    stand('buildah', 7);
    expect(() => buildImage('buildah', { image: 'x', folder, base: 'b', arch: 'x64' })).toThrow(/buildah build ended with code 7/);
  });
});

describe('the registry', () => {
  it('is asked whether it holds a tag, with the credentials it wants', async () => {
    const requests = [];
    const server = createServer(({ method, url, headers }, response) => {
      requests.push({ method, url, authorization: headers.authorization });
      response.writeHead(url.endsWith('/there') ? 200 : url.endsWith('/broken') ? 503 : 404).end();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const registry = await openRegistry(`127.0.0.1:${server.address().port}/team/`);
      expect(registry.insecure).toBe(true);
      expect(await hasTag(registry, 'dm-x', 'there')).toBe(true);
      expect(await hasTag({ ...registry, credentials: { user: 'AWS', password: 'secret' } }, 'dm-x', 'absent')).toBe(false);
      await expect(hasTag(registry, 'dm-x', 'broken')).rejects.toThrow(/answered 503/);
      expect(requests.slice(0, 2)).toEqual([
        { method: 'HEAD', url: '/v2/team/dm-x/manifests/there', authorization: undefined },
        { method: 'HEAD', url: '/v2/team/dm-x/manifests/absent', authorization: `Basic ${Buffer.from('AWS:secret').toString('base64')}` },
      ]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('speaks plain HTTP with this machine only', async () => {
    expect((await openRegistry('registry.example/team')).insecure).toBe(false);
    expect((await openRegistry('localhost:5000')).insecure).toBe(true);
    expect((await openRegistry('localhost.example')).insecure).toBe(false);
  });
});
