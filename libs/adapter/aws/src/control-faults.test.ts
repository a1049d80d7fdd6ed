import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchGetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { claim, type ControlRecord } from '@data-master/control-records';
import { TerminalError, TransientError, type ControlStore } from '@data-master/ports';
import { collect, perTest, sampleControlRecord } from '@data-master/testing';
import { createDynamoControlStore } from './control.ts';
import type { ControlTable } from './control-queries.ts';
import { makeControlTable } from './testing/control-parts.ts';
import { describeWithMoto, injectFaults, type Fault } from './testing/index.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const claimedBy = (record: ControlRecord, worker: string) => ({ previous: record, next: claim(record, worker, 1000, now) });

await describeWithMoto('the DynamoDB control store, when requests fail,', (moto) => {
  const table = perTest<ControlTable>((onEnd) => makeControlTable(moto(), onEnd));
  const [first, second] = [sampleControlRecord('c1'), sampleControlRecord('c2')];
  let store: ControlStore;
  const owners = async () => (await collect(store.query({}))).map((record) => record.lease_owner);

  beforeEach(async () => {
    store = createDynamoControlStore(table());
    await store.commit([{ insert: first }, { insert: second }]);
  });

  describe.each([
    { title: 'of one change', command: 'PutItemCommand', changes: [claimedBy(first, 'me')], expected: ['me', null] },
    { title: 'of several changes', command: 'TransactWriteItemsCommand', changes: [claimedBy(first, 'me'), claimedBy(second, 'me'), { insert: first }], expected: ['me', 'me'] },
  ])('a commit $title', ({ command, changes, expected }) => {
    it.each<{ title: string; faults: Fault[] }>([
      { title: 'one answer is lost', faults: ['lost-after'] },
      { title: 'every answer is lost', faults: ['lost-after', 'lost-after', 'lost-after'] },
      { title: 'requests, then an answer are lost', faults: ['lost-before', 'lost-before', 'lost-after'] },
      { title: 'it is throttled', faults: ['throttled'] },
    ])('is known to be made when $title', async ({ faults }) => {
      injectFaults(table().client, command, faults);
      expect(await store.commit(changes)).toBe(true);
      expect(await owners()).toEqual(expected);
    });

    it.each<{ title: string; faults: Fault[]; error: typeof TransientError }>([
      { title: 'every request is lost', faults: ['lost-before', 'lost-before', 'lost-before', 'lost-before'], error: TransientError },
      { title: 'every request is throttled', faults: ['throttled', 'throttled', 'throttled', 'throttled'], error: TransientError },
      { title: 'it is not allowed', faults: ['denied'], error: TerminalError },
    ])('changes nothing and says so when $title', async ({ faults, error }) => {
      injectFaults(table().client, command, faults);
      const onlyUpdates = changes.filter((change) => 'previous' in change);
      await expect(store.commit(onlyUpdates)).rejects.toBeInstanceOf(error);
      expect(await owners()).toEqual([null, null]);
    });

    it('is known to be lost to another worker, although no answer came', async () => {
      expect(await store.commit([claimedBy(first, 'another')])).toBe(true);
      injectFaults(table().client, command, ['lost-after', 'lost-after', 'lost-after', 'lost-after']);
      expect(await store.commit(changes)).toBe(false);
      expect(await owners()).toEqual(['another', null]);
    });
  });

  it('gives one record to one of two workers, whatever answers are lost', async () => {
    injectFaults(table().client, 'PutItemCommand', ['lost-after', 'lost-before', 'lost-after', 'lost-after']);
    const outcomes = await Promise.all(['one', 'two'].map((worker) => store.commit([claimedBy(first, worker)])));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await store.get('c1'))?.lease_owner).toBe(outcomes[0] ? 'one' : 'two');
  });

  it('inserts what is new beside what is known', async () => {
    const third = sampleControlRecord('c3');
    expect(await store.commit([{ insert: claimedBy(first, 'me').next }, { insert: third }, { insert: third }, claimedBy(second, 'me')])).toBe(true);
    expect(await owners()).toEqual([null, 'me', null]);
  });

  it('reads on when a throttled table gives only a part of what was asked', async () => {
    let cut = true;
    table().client.middlewareStack.add(
      (next, { commandName }) => async (args) => {
        const answer = await next(args);
        if (commandName !== 'BatchGetItemCommand' || !cut) return answer;
        cut = false;
        const { output } = answer as { output: BatchGetItemCommandOutput };
        const { tableName } = table();
        const [kept, ...left] = output.Responses?.[tableName] ?? [];
        const Keys = left.flatMap(({ control_id }) => (control_id ? [{ control_id }] : []));
        return { ...answer, output: { ...output, Responses: { [tableName]: kept ? [kept] : [] }, UnprocessedKeys: { [tableName]: { Keys } } } };
      },
      { step: 'initialize' },
    );
    expect(await collect(store.query({}))).toEqual([first, second]);
    expect(cut).toBe(false);
  });

  it('gives all records when an index answers page by page', async () => {
    table().client.middlewareStack.add((next, { commandName }) => (args) => next(commandName === 'QueryCommand' ? { ...args, input: { ...args.input, Limit: 1 } } : args), { step: 'initialize' });
    expect(await collect(store.query({ tableName: 'beer' }))).toEqual([first, second]);
  });

  it('refuses records and commits above the size of DynamoDB, and two changes of one record', async () => {
    const long = 'x'.repeat(400_000);
    await expect(store.commit([{ insert: { ...sampleControlRecord('c3'), error_message: long } }])).rejects.toThrow(/400\d{3} bytes; expected at most 390000; shorten its error_message/);
    const many = Array.from({ length: 20 }, (_, index) => ({ insert: { ...sampleControlRecord(`d${index}`), error_message: long.slice(0, 300_000) } }));
    await expect(store.commit(many)).rejects.toThrow(/expected at most 4000000; split it/);
    await expect(store.commit([claimedBy(first, 'me'), claimedBy(first, 'you')])).rejects.toThrow(/c1 twice/);
  });

  it('says which table is missing, and the remedy', async () => {
    const missing = createDynamoControlStore({ ...table(), tableName: 'nobody-has-it' });
    await expect(missing.get('c1')).rejects.toThrow(/nobody-has-it.*ResourceNotFoundException.*deploy the stack/);
    await expect(collect(missing.query({}))).rejects.toBeInstanceOf(TerminalError);
  });
});
