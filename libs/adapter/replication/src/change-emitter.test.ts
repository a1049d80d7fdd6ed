import { describe, expect, it } from '@jest/globals';
import { parseTableMapping, type ChangeEvent, type StreamEvent } from '@data-master/change-events';
import fc from 'fast-check';
import { createChangeEmitter, type ChangeEmitter, type IncompleteEvent } from './change-emitter.ts';
import { planRows } from './row-plan.ts';
import { includeAll } from './testing/test-task.ts';

const shape = { schema: 's', table: 't', key: ['id'], columns: [{ name: 'id', kind: 'number' as const }, { name: 'name', kind: 'text' as const }] };
const table = { shape, plan: planRows(shape, parseTableMapping(JSON.stringify({ rules: [includeAll] })))! };

function record(work: (emitter: ChangeEmitter) => void): { events: ChangeEvent[]; incomplete: IncompleteEvent[]; commits: [string, bigint][] } {
  const events: StreamEvent[] = [];
  const incomplete: IncompleteEvent[] = [];
  const commits: [string, bigint][] = [];
  work(createChangeEmitter({ earliestMicros: 1_000_000n, onEvent: (event) => void events.push(event), onIncomplete: (each) => void incomplete.push(each), onCommit: (...each) => void commits.push(each) }));
  return { events: events as ChangeEvent[], incomplete, commits };
}
const orderOf = ({ commitTimestamp, streamPosition }: ChangeEvent): string => `${commitTimestamp} ${streamPosition}`;

describe('changes that are made events', () => {
  it('keep the order of the log although the clock of their source goes back', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 2 }), (times) => {
      const { events, commits } = record((emitter) => times.forEach((micros, index) => {
        emitter.begin(micros, String(index), `${String(index).padStart(9, '0')}.`);
        emitter.insert(table, ['1', 'a']);
        emitter.update(table, ['1', 'b'], undefined, false);
        emitter.commit(String(index));
      }));
      const order = events.map(orderOf);
      expect([...order].sort()).toEqual(order);
      expect(new Set(events.map(({ streamPosition }) => streamPosition)).size).toBe(events.length);
      expect(commits.at(-1)?.[1]).toBe(times.reduce((max, micros) => (micros > max ? micros : max), 1_000_000n));
    }));
  });

  it('have the same positions whether or not other tables are taken', () => {
    const positions = (other: typeof table | undefined): string[] => record((emitter) => {
      emitter.begin(5n, '1', 'x.');
      emitter.update(other, ['7', 'a'], ['8', 'a'], false);
      emitter.delete(other, ['7', null], true);
      emitter.insert(table, ['1', 'a']);
    }).events.filter(({ operation, data }) => operation === 'insert' && data.includes('"id":1')).map(({ streamPosition }) => streamPosition!);
    expect(positions(undefined)).toEqual(positions(table));
  });

  it('of a row without all its values are told apart, those that the row before has excepted', () => {
    const { events, incomplete } = record((emitter) => {
      emitter.begin(5n, '1', 'x.');
      emitter.update(table, ['1', undefined], undefined, false);
      emitter.update(table, ['1', undefined], ['1', 'before'], false);
      emitter.delete(table, ['1', null], true);
    });
    expect(incomplete.map(({ event }) => event)).toEqual([events[0]]);
    expect(events.map(({ data }) => data)).toEqual(['{"id":1}', '{"id":1,"name":"before"}', '{"id":1}']);
  });
});
