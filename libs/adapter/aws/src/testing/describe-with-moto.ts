import { prepareMoto, startMoto, type Moto } from './moto.ts';

/**
 * Defines a suite with a moto server of its own; `moto()` gives it inside of tests and hooks. Where Python is missing the
 * tests are reported as skipped, and stderr says why. To be awaited at the top of a test file, outside of `describe`.
 */
export async function describeWithMoto(name: string, define: (moto: () => Moto) => void): Promise<void> {
  const { afterAll, beforeAll, describe } = await import('@jest/globals');
  const { missing } = await prepareMoto();
  if (missing !== undefined) process.stderr.write(`skipped: ${name}. ${missing}\n`);
  (missing === undefined ? describe : describe.skip)(name, () => {
    let started: Moto | undefined;
    beforeAll(async () => {
      started = await startMoto();
    });
    afterAll(() => started?.close());
    define(() => {
      if (!started) throw new Error('moto runs during tests; expected a running test; ask for it inside `it` or a hook');
      return started;
    });
  });
}
