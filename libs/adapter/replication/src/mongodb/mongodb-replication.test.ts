import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb';
import fc from 'fast-check';
import type { ChangeEvent } from '@data-master/change-events';
import { startMongoDbDouble, type DoubleChange, type MongoDbDouble } from '../testing/mongodb-double.ts';
import { includeAll, makeTestTask, type TestTask } from '../testing/test-task.ts';
import { jsonOf } from './document-json.ts';
import { createMongoDbReplication } from './mongodb-replication.ts';

const contract = { mode: 'evolve' as const, columnsOf: () => undefined, keyOf: () => ['beer_id'] };
const changes = (task: TestTask): ChangeEvent[] => task.target.events.filter((event) => event.kind === 'data');
const orderOf = (event: ChangeEvent): string => `${event.commitTimestamp ?? event.timestamp} ${event.streamPosition}`;

describe('a double of a MongoDB (no package source has the server), in its wire protocol, that is replicated', () => {
  let mongo: MongoDbDouble;
  beforeEach(async () => { mongo = await startMongoDbDouble(); });
  afterEach(() => mongo.close());

  async function whileRunning(task: TestTask, work: () => Promise<void> | void): Promise<void> {
    const end = new AbortController();
    const running = createMongoDbReplication(mongo.url, task).run(end.signal);
    try {
      await Promise.race([work(), running.then(() => { throw new Error('the replication ended by itself'); })]);
    } finally {
      end.abort();
      await running;
    }
  }
  const put = (id: number, name: string | null): DoubleChange => ({ collection: 'beer', put: { _id: id, name } });
  const isThere = (task: TestTask, double = mongo) => task.target.until(() => {
    const present = [...task.target.tableOf('beer', 'beer_id').values()];
    const expected = [...double.documents('beer').values()].map(({ _id, name }) => ({ beer_id: _id as number, name: name as string | null }));
    return JSON.stringify(present.sort((a, b) => Number(a['beer_id']) - Number(b['beer_id']))) === JSON.stringify(expected.sort((a, b) => a.beer_id - b.beer_id));
  });

  it('is loaded, and then told of inserts, updates and deletes in their order, by the key of the contract', async () => {
    mongo.write(Array.from({ length: 2500 }, (_, index) => put(index + 1, `beer ${index + 1}`)));
    const task = makeTestTask({ contract });
    await createMongoDbReplication(mongo.url, task).load();
    expect(task.target.tableOf('beer', 'beer_id').size).toBe(2500);
    expect(changes(task)[0]).toMatchObject({ operation: 'load', schemaName: 'dm_core', tableName: 'beer', data: '{"beer_id":1,"name":"beer 1"}' });
    const loaded = task.target.events.length;
    await whileRunning(task, async () => {
      mongo.write([put(3000, 'new'), put(1, 'old'), { collection: 'beer', remove: 2 }]);
      mongo.write([put(3000, 'newer')]);
      await task.target.until((events) => events.length >= loaded + 2504);
    });
    const all = changes(task);
    expect(all.slice(-4).map(({ operation, data, transactionId }) => [operation, data, transactionId])).toEqual([
      ['insert', '{"beer_id":3000,"name":"new"}', '1700000002'], ['update', '{"beer_id":1,"name":"old"}', '1700000002'], ['delete', '{"beer_id":2}', '1700000002'], ['update', '{"beer_id":3000,"name":"newer"}', '1700000003'],
    ]);
    const order = all.map(orderOf);
    expect([...order].sort()).toEqual(order);
    await isThere(task);
  });

  it('ends in what it holds, whatever happens and however often the connection is cut', async () => {
    const change = fc.oneof(fc.record({ id: fc.integer({ min: 1, max: 6 }), name: fc.option(fc.constantFrom('a', 'b', 'c')) }).map(({ id, name }) => put(id, name)), fc.integer({ min: 1, max: 6 }).map((id): DoubleChange => ({ collection: 'beer', remove: id })));
    const step = fc.oneof(fc.array(change, { minLength: 1, maxLength: 12 }), fc.constant('cut' as const), fc.constant('stop' as const));
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const own = await startMongoDbDouble();
      const task = makeTestTask({ contract, name: 'random' });
      own.write([put(1, 'first')]);
      let end = new AbortController();
      let running = createMongoDbReplication(own.url, task).run(end.signal);
      for (const each of steps) {
        if (each === 'cut') own.disconnect();
        else if (each === 'stop') {
          end.abort();
          await running;
          end = new AbortController();
          running = createMongoDbReplication(own.url, task).run(end.signal);
        } else own.write(each);
      }
      await isThere(task, own);
      end.abort();
      await running;
      await own.close();
    }), { numRuns: 12 });
  }, 120_000);

  it('keeps positions when changes come again, though a transaction was cut', async () => {
    mongo.write([put(1, 'first')]);
    const task = makeTestTask({ contract });
    const positions = async (): Promise<(string | undefined)[]> => {
      const before = task.target.events.length;
      await whileRunning(task, () => task.target.until((events) => events.length >= before + 21));
      return changes(task).slice(before).filter(({ operation }) => operation !== 'load').map(({ streamPosition }) => streamPosition);
    };
    await createMongoDbReplication(mongo.url, task).load();
    mongo.write(Array.from({ length: 20 }, (_, index) => put(index + 10, 'many')));
    const store = new Map<string, Buffer>();
    for await (const { key } of task.store.list('replication/')) for await (const chunk of task.store.read(key)) store.set(key, Buffer.from(chunk));
    const first = await positions();
    for (const [key, bytes] of store) await task.store.write(key, bytes);
    expect(await positions()).toEqual(first);
    expect(new Set(first).size).toBe(first.length);
  });

  it('ends with the remedy when its oplog no longer holds what comes next', async () => {
    mongo.write([put(1, 'first')]);
    const task = makeTestTask({ contract });
    await whileRunning(task, () => task.target.until((events) => events.length >= 2));
    mongo.write([put(2, 'missed')]);
    mongo.forgetEvents();
    await expect(createMongoDbReplication(mongo.url, task).run()).rejects.toThrow(/the change stream of task test is lost .*remove the state of the task to load anew, and enlarge the oplog/);
  });

  it('tells of a collection that was dropped, whose rows stay', async () => {
    mongo.write([put(1, 'first')]);
    const task = makeTestTask({ contract });
    await whileRunning(task, async () => {
      await task.target.until((events) => events.length >= 2);
      mongo.write([{ collection: 'beer', drop: true }]);
      await task.target.until((events) => events.some(({ kind, operation }) => kind === 'control' && operation === 'drop-table'));
    });
    expect(task.logger.entries.some(({ event }) => event === 'source.table_dropped')).toBe(true);
  });

  it('takes the names that rules of the mapping give, and keeps what cannot be a row', async () => {
    const rename = { 'rule-type': 'transformation', 'rule-id': 2, 'rule-name': 'key', 'rule-target': 'column', 'rule-action': 'rename', 'object-locator': { 'schema-name': '%', 'table-name': 'beer', 'column-name': '_id' }, value: 'id' };
    mongo.write([{ collection: 'beer', put: { _id: 1, beer_id: 9 } }]);
    const renamed = makeTestTask({ contract, rules: [includeAll, rename] });
    await createMongoDbReplication(mongo.url, renamed).load();
    expect(changes(renamed)[0]?.data).toBe('{"id":1,"beer_id":9}');
    await expect(createMongoDbReplication(mongo.url, makeTestTask({ contract })).load()).rejects.toThrow('the document has beer_id besides another _id');
  });
});

describe('a value of a document', () => {
  it.each<[value: unknown, json: string]>([
    [new ObjectId('65f000000000000000000001'), '"65f000000000000000000001"'], [Long.fromString('9223372036854775807'), '9223372036854775807'], [new Int32(-7), '-7'], [new Double(0.1), '0.1'], [new Double(NaN), '"NaN"'],
    [Decimal128.fromString('0.10'), '0.10'], [Decimal128.fromString('-12E+3'), '-12000'], [Decimal128.fromString('1.5E-9'), '0.0000000015'], [Decimal128.fromString('Infinity'), '"Infinity"'],
    [new Date('2026-01-02T03:04:05.006Z'), '"2026-01-02T03:04:05.006Z"'], [new UUID('123e4567-e89b-12d3-a456-426614174000'), '"123e4567-e89b-12d3-a456-426614174000"'], [new Binary(Buffer.from('ab')), '"YWI="'],
    [{ a: [Long.ONE, { b: null }], 'c"': 'ü' }, '{"a":[1,{"b":null}],"c\\"":"ü"}'], [undefined, 'null'], [true, 'true'], [/x/i, '{"$regularExpression":{"pattern":"x","options":"i"}}'],
  ])('%p is %s', (value, json) => expect(jsonOf(value)).toBe(json));

  it('keeps every digit of a decimal without an exponent', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -40, max: 40 }), (units, exponent) => {
      const text = jsonOf(Decimal128.fromString(`${units}E${exponent}`));
      expect(text).toMatch(/^-?\d+(?:\.\d+)?$/);
      const [whole, fraction = ''] = text.split('.') as [string, string?];
      const scale = Math.max(fraction.length, -exponent);
      expect(BigInt(whole + fraction.padEnd(scale, '0'))).toBe(units * 10n ** BigInt(scale + exponent));
    }));
  });

  it('never stops the reading of a document', () => {
    fc.assert(fc.property(fc.object(), (document) => { JSON.parse(jsonOf(document)); }));
  });
});
