import { fileURLToPath } from 'node:url';

/** The whole test set-up: native ESM, TypeScript by swc, one result file per project for the closing count. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
  testTimeout: 60_000,
  reporters: ['default', fileURLToPath(new URL('./tools/test-results.mjs', import.meta.url))],
};
