import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { findKafka, startKafka, type TestKafka } from './kafka-server.ts';

const found = await findKafka();

/** Tests on a real Kafka; reported as skipped, with the reason, where there is no Java to run it. */
export function describeKafka(name: string, tests: (kafka: () => TestKafka) => void): void {
  if (found.missing !== undefined) {
    it.skip(`${name} (${found.missing})`, () => undefined);
    return;
  }
  describe(name, () => {
    let server: TestKafka;
    beforeAll(async () => { server = await startKafka(found); }, 60_000);
    afterAll(() => server.remove());
    tests(() => server);
  });
}
