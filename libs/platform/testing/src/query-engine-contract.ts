import { describe, expect, it } from '@jest/globals';
import { LakeError, TerminalError, TransientError, type QueryEngine } from '@data-master/ports';
import { perTest, type Setup } from './per-test.ts';

/** The contract of QueryEngine, for engines that speak DuckDB's dialect. */
export function describeQueryEngine(name: string, setup: Setup<QueryEngine>): void {
  describe(`${name} keeps the contract of a query engine`, () => {
    const engine = perTest(setup);
    const failureOf = async (sql: string) => {
      const error: unknown = await engine().run(sql).then(() => undefined, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(LakeError);
      return error as LakeError;
    };

    it.each([
      { sql: '42::BIGINT', value: 42n },
      { sql: '170141183460469231731687303715884105727::HUGEINT', value: 170141183460469231731687303715884105727n },
      { sql: '7::INTEGER', value: 7 },
      { sql: '1.5::DOUBLE', value: 1.5 },
      { sql: "'nan'::DOUBLE", value: NaN },
      { sql: '-1.50::DECIMAL(10,2)', value: '-1.50' },
      { sql: '12345678901234567890.123456789012345678::DECIMAL(38,18)', value: '12345678901234567890.123456789012345678' },
      { sql: "DATE '2012-02-29'", value: '2012-02-29' },
      { sql: "TIMESTAMP '2012-02-29 12:34:56.123456'", value: '2012-02-29 12:34:56.123456' },
      { sql: "TIMESTAMPTZ '2012-02-29 12:34:56.123456+02'", value: '2012-02-29 10:34:56.123456+00' },
      { sql: "TIME '12:34:56'", value: '12:34:56' },
      { sql: "'ü🍺'", value: 'ü🍺' },
      { sql: 'true', value: true },
      { sql: 'NULL', value: null },
      { sql: "'\\x00\\xFF'::BLOB", value: Uint8Array.of(0, 255) },
      { sql: "['a', NULL]", value: ['a', null] },
      { sql: "{'n': 1::BIGINT, 'days': [DATE '2012-01-01']}", value: { n: 1n, days: ['2012-01-01'] } },
      { sql: "MAP {'a': 1, 'b': 2}", value: [{ key: 'a', value: 1 }, { key: 'b', value: 2 }] },
      { sql: 'count(*)', value: 1n },
    ])('returns $sql as the port has it', async ({ sql, value }) => {
      expect(await engine().rows(`SELECT ${sql} AS value`)).toEqual([{ value }]);
    });

    it('works in UTC', async () => {
      expect(await engine().rows("SELECT date_part('hour', TIMESTAMPTZ '2012-07-01 12:00:00+00') AS hour")).toEqual([{ hour: 12n }]);
    });

    it('runs several statements in one call and returns the rows of the last', async () => {
      expect(await engine().rows('CREATE TEMP TABLE t AS SELECT 1 AS n; INSERT INTO t VALUES (2); SELECT sum(n)::INTEGER AS n FROM t')).toEqual([{ n: 3 }]);
    });

    it('keeps the rows of concurrent calls apart', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => engine().rows(`SELECT ${n} AS n FROM range(3)`)));
      expect(results).toEqual(Array.from({ length: 20 }, (_, n) => [{ n }, { n }, { n }]));
    });

    it.each([{ value: "it's; DROP 'é'" }, { value: Uint8Array.of(0, 39, 255) }, { value: '' }])('hands the variable $value to SQL', async ({ value }) => {
      await engine().setVariable('secret', value);
      expect(await engine().rows("SELECT getvariable('secret') AS value")).toEqual([{ value }]);
    });

    it('refuses a variable name that is SQL', async () => {
      await expect(engine().setVariable('x = 1; --', 'v')).rejects.toBeInstanceOf(TerminalError);
    });

    it('keeps temporary tables, variables and transactions of sessions apart, and ends them', async () => {
      await engine().run('CREATE TEMP TABLE t AS SELECT 0 AS n');
      const counts = await Promise.all(
        [1, 2, 3].map((n) =>
          engine().session(async (session) => {
            await session.run(`CREATE TEMP TABLE t AS SELECT ${n} AS n`);
            await session.setVariable('n', String(n));
            await session.run('BEGIN; INSERT INTO t VALUES (10)');
            return session.rows("SELECT sum(n)::INTEGER AS n, getvariable('n') AS v FROM t");
          }),
        ),
      );
      expect(counts).toEqual([1, 2, 3].map((n) => [{ n: n + 10, v: String(n) }]));
      expect(await engine().rows("SELECT n, getvariable('n') AS v FROM t")).toEqual([{ n: 0, v: null }]);
    });

    it('ends a session also when its work fails, and passes the error on', async () => {
      let leaked: QueryEngine | undefined;
      const work = engine().session(async (session) => {
        leaked = session;
        throw new Error('work failed');
      });
      await expect(work).rejects.toThrow('work failed');
      await expect(leaked?.run('SELECT 1')).rejects.toBeInstanceOf(TerminalError);
      expect(await engine().rows('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    });

    it('keeps the order of rows in a session unless told otherwise', async () => {
      const sql = "SELECT current_setting('preserve_insertion_order') AS kept";
      expect(await engine().session((session) => session.rows(sql))).toEqual([{ kept: true }]);
      expect(await engine().session((session) => session.rows(sql), { preserveInsertionOrder: false })).toEqual([{ kept: false }]);
      expect(await engine().rows(sql)).toEqual([{ kept: true }]);
    });

    it.each([
      "SELECT CAST('jane@example.com' AS INTEGER)",
      "SELECT CAST(x AS DATE) FROM (VALUES ('jane@example.com')) AS t(x)",
      "CREATE TEMP TABLE u (e VARCHAR PRIMARY KEY); INSERT INTO u VALUES ('jane@example.com'), ('jane@example.com')",
      "SELECT error('row of jane@example.com')",
      "SELECT * FROM nothing WHERE email = 'jane@example.com'",
    ])('keeps values out of the error of %s', async (sql) => {
      const error = await failureOf(sql);
      expect(error).toBeInstanceOf(TerminalError);
      expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('jane');
    });

    it('keeps variables out of errors', async () => {
      await engine().setVariable('key', 'topsecret');
      const error = await failureOf("SELECT CAST(getvariable('key') AS INTEGER)");
      expect(error.message).not.toContain('topsecret');
    });

    it('says what is wrong with the SQL', async () => {
      expect((await failureOf('SELECT * FROM nothing')).message).toContain('nothing');
      expect((await failureOf('SELEC 1')).message).toContain('Parser');
    });

    it('goes on after an error', async () => {
      await failureOf('SELECT * FROM nothing');
      expect(await engine().rows('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    });

    it('interrupts what is running when it is closed', async () => {
      const endless = engine().run('SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b WHERE a.range + b.range < 0');
      const outcome = expect(endless).rejects.toBeInstanceOf(TransientError);
      await new Promise((resolve) => setImmediate(resolve));
      await engine().close();
      await outcome;
      await expect(engine().rows('SELECT 1')).rejects.toBeInstanceOf(LakeError);
    });
  });
}
