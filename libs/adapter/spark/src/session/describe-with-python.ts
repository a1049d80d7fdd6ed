import { preparePython, type PythonEnvironment } from '../python/prepare-python.ts';

/**
 * Defines a suite that needs Python and Java. Where one is missing its tests are reported as skipped, and stderr says why.
 * To be awaited at the top of a test file, outside of `describe`.
 */
export async function describeWithPython(name: string, define: (environment: PythonEnvironment) => void): Promise<void> {
  // Imported here, so that scripts outside of Jest can use what else this package offers for tests.
  const { describe } = await import('@jest/globals');
  const environment = await preparePython();
  if (environment.missing === undefined) {
    describe(name, () => define(environment));
    return;
  }
  process.stderr.write(`skipped: ${name}. ${environment.missing}\n`);
  describe.skip(name, () => define({ python: '', javaHome: '', jars: [] }));
}
