import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findMariaDb, startMariaDb, type TestMariaDb } from './mariadb-server.ts';

const found = await findMariaDb();

/** Tests on a real MariaDB; skipped, with the reason as their title, on a machine whose package sources have none. */
export function describeMariaDb(name: string, tests: (mariaDb: () => TestMariaDb) => void): void {
  if (found.problem !== undefined) {
    if (process.env['CI'] === 'true') it(name, () => { expect(found.problem).toBeUndefined(); });
    else it.skip(`${name} (${found.problem})`, () => undefined);
    return;
  }
  describe(name, () => {
    let server: TestMariaDb;
    beforeAll(async () => { server = await startMariaDb(found.programs); });
    afterAll(() => server.remove());
    tests(() => server);
  });
}
