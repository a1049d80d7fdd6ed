import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTableMapping, parseTaskSettings, passesFilters } from './index.ts';

const select = (schema: string, table: string, action = 'include', more: object = {}) => ({ 'rule-type': 'selection', 'rule-id': '1', 'rule-name': `select ${table}`, 'rule-action': action, 'object-locator': { 'schema-name': schema, 'table-name': table }, ...more });
const transform = (target: string, action: string, locator: object, more: object = {}) => ({
  'rule-type': 'transformation', 'rule-id': 2, 'rule-name': `${action} of ${target}`, 'rule-target': target, 'rule-action': action, 'object-locator': { 'schema-name': 'dm_core', 'table-name': 'beer', ...locator }, ...more,
});
const mapping = (...rules: object[]): string => JSON.stringify({ rules });
const all = select('dm_core', '%');
const columns = ['beer_id', 'beer_name', 'beer_abv'];
const namesOf = (...rules: object[]): string[] => parseTableMapping(mapping(all, ...rules)).map('dm_core', 'beer', columns).columns.map(({ name }) => name);

describe('the selection rules of a table mapping', () => {
  it('take what is included and not excluded, in any order', () => {
    for (const rules of [[all, select('dm_core', 'tmp[_]%', 'exclude')], [select('dm_core', 'tmp[_]%', 'exclude'), all]]) {
      const { select: selects } = parseTableMapping(mapping(...rules));
      expect([selects('dm_core', 'beer'), selects('dm_core', 'tmpx')].map((each) => each !== undefined)).toEqual([true, true]);
      expect([selects('dm_core', 'tmp_1'), selects('other', 'beer'), selects('dm_core', 'beer', 'view')]).toEqual([undefined, undefined, undefined]);
    }
  });

  it.each([
    ['%', 'anything', true], ['be%', 'beer', true], ['%er', 'beer', true], ['%e%', 'beer', true], ['b__r', 'beer', true], ['b_r', 'beer', false],
    ['[a-c]eer', 'beer', true], ['[d-f]eer', 'beer', false], ['beer', 'Beer', false], ['b.er', 'beer', false], ['a+(b)', 'a+(b)', true],
  ])('match %s with %s: %s', (pattern, table, expected) => {
    expect(parseTableMapping(mapping(select('dm_core', pattern))).select('dm_core', table) !== undefined).toBe(expected);
  });

  it('take an explicit table by its very name', () => {
    const { select: selects } = parseTableMapping(mapping(select('dm_core', 'b%', 'explicit')));
    expect([selects('dm_core', 'beer'), selects('dm_core', 'b%') !== undefined]).toEqual([undefined, true]);
  });

  it('bring their filters', () => {
    const filter = { 'filter-type': 'source', 'column-name': 'beer_abv', 'filter-conditions': [{ 'filter-operator': 'gte', value: '5' }, { 'filter-operator': 'null' }] };
    const filters = parseTableMapping(mapping(select('dm_core', 'beer', 'include', { filters: [filter] }))).select('dm_core', 'beer')?.filters ?? [];
    expect(['4.9', '5.00', '10', null].map((abv) => passesFilters(filters, () => abv))).toEqual([false, true, true, true]);
  });
});

describe('a source filter', () => {
  const passes = (condition: object, value: string | null): boolean => passesFilters([{ 'filter-type': 'source', 'column-name': 'c', 'filter-conditions': [condition as never] }], () => value);
  it.each([
    [{ 'filter-operator': 'eq', value: '7' }, ['7', '07', '7.0'], ['8', 'x', null]],
    [{ 'filter-operator': 'noteq', value: 'CA' }, ['NY', ''], ['CA', null]],
    [{ 'filter-operator': 'ste', value: '9007199254740993' }, ['9007199254740993', '-1'], ['9007199254740994', null]],
    [{ 'filter-operator': 'between', 'start-value': '2020-01-01', 'end-value': '2020-12-31' }, ['2020-01-01', '2020-06-01', '2020-12-31'], ['2021-01-01', null]],
    [{ 'filter-operator': 'notbetween', 'start-value': '2', 'end-value': '10' }, ['1', '11'], ['2', '9', '10', null]],
    [{ 'filter-operator': 'null' }, [null], ['', '0']],
    [{ 'filter-operator': 'notnull' }, ['', '0'], [null]],
  ])('%j', (condition, passing, failing) => {
    expect(passing.filter((value) => !passes(condition, value))).toEqual([]);
    expect((failing as (string | null)[]).filter((value) => passes(condition, value))).toEqual([]);
  });
});

describe('the transformation rules of a table mapping', () => {
  it('rename schema, table and column', () => {
    const { map } = parseTableMapping(mapping(all,
      transform('schema', 'rename', { 'table-name': undefined }, { value: 'lake' }),
      transform('table', 'add-prefix', { 'table-name': '%' }, { value: 'core_' }),
      transform('column', 'rename', { 'column-name': 'beer_abv' }, { value: 'abv' })));
    expect(map('dm_core', 'beer', columns)).toEqual({ schemaName: 'lake', tableName: 'core_beer', columns: [{ name: 'beer_id', source: 'beer_id' }, { name: 'beer_name', source: 'beer_name' }, { name: 'abv', source: 'beer_abv' }] });
    expect(map('other', 'beer', ['beer_abv'])).toEqual({ schemaName: 'other', tableName: 'beer', columns: [{ name: 'beer_abv', source: 'beer_abv' }] });
  });

  it.each([
    ['convert-uppercase', {}, ['BEER_ID', 'BEER_NAME', 'BEER_ABV']],
    ['remove-prefix', { value: 'beer_' }, ['id', 'name', 'abv']],
    ['replace-prefix', { 'old-value': 'beer', value: 'b' }, ['b_id', 'b_name', 'b_abv']],
    ['add-suffix', { value: '_x' }, ['beer_id_x', 'beer_name_x', 'beer_abv_x']],
    ['remove-suffix', { value: '_id' }, ['beer', 'beer_name', 'beer_abv']],
    ['replace-suffix', { 'old-value': 'id', value: 'key' }, ['beer_key', 'beer_name', 'beer_abv']],
  ])('%s', (action, more, expected) => {
    expect(namesOf(transform('column', action, { 'column-name': '%' }, more))).toEqual(expected);
  });

  it('remove, keep and add columns', () => {
    expect(namesOf(transform('column', 'remove-column', { 'column-name': '%abv' }))).toEqual(['beer_id', 'beer_name']);
    expect(namesOf(transform('column', 'include-column', { 'column-name': 'beer_id' }))).toEqual(['beer_id']);
    const added = parseTableMapping(mapping(all, transform('column', 'add-column', {}, { value: 'label', expression: "$beer_name||'!'", 'data-type': { type: 'string', length: 50 } })));
    expect(added.map('dm_core', 'beer', ['beer_id']).columns[1]).toEqual({ name: 'label', expression: "$beer_name||'!'", type: 'string' });
  });

  it('that make two columns of one name are refused', () => {
    expect(() => namesOf(transform('column', 'rename', { 'column-name': 'beer%' }, { value: 'one' }))).toThrow('two columns one');
  });
});

describe('a table mapping that cannot be followed names its rule', () => {
  it.each([
    ['text that is no JSON', '{', 'is no JSON'],
    ['no rules', '{}', 'no list of rules'],
    ['nothing selected', mapping(select('a', 'b', 'exclude')), 'selects no table'],
    ['an unknown type', mapping({ 'rule-type': 'sorcery', 'rule-name': 'abracadabra' }), 'rule "abracadabra" has rule-type "sorcery"'],
    ['a type that every object has', mapping({ 'rule-type': 'constructor', 'rule-id': 9 }), 'rule 9 has rule-type "constructor"'],
    ['an unknown action', mapping(all, transform('column', 'data-masking-hash-mask', { 'column-name': 'x' })), 'rule "data-masking-hash-mask of column" (transformation) is not understood: rule-action is "data-masking-hash-mask"'],
    ['an unknown target', mapping(all, transform('index-tablespace', 'rename', {}, { value: 'x' })), 'rule-target is "index-tablespace"'],
    ['an unknown operator', mapping(select('a', 'b', 'include', { filters: [{ 'filter-type': 'source', 'column-name': 'c', 'filter-conditions': [{ 'filter-operator': 'like', value: '1' }] }] })), 'filter-operator is "like"'],
    ['an operator without its values', mapping(select('a', 'b', 'include', { filters: [{ 'filter-type': 'source', 'column-name': 'c', 'filter-conditions': [{ 'filter-operator': 'between', value: '1' }] }] })), 'expected value, or start-value'],
    ['a rename without a name', mapping(all, transform('table', 'rename', {})), 'rule "rename of table" (transformation rename) has no value'],
    ['a column removed from a schema', mapping(all, transform('schema', 'remove-column', { 'column-name': 'x' })), 'has rule-target schema'],
    ['a column of no name', mapping(all, transform('column', 'remove-column', {})), 'no column-name'],
    ['attributes mapped anew', mapping(all, { 'rule-type': 'object-mapping', 'rule-id': 1, 'rule-action': 'map-record-to-record', 'mapping-parameters': { 'attribute-mappings': [] } }), 'attribute-mappings'],
  ])('%s', (_name, json, message) => {
    expect(() => parseTableMapping(json)).toThrow(message);
  });

  it('whatever it is, it is read or refused with a MappingError', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.jsonValue().map((rule) => JSON.stringify({ rules: [rule] }))), (json) => {
      try {
        parseTableMapping(json);
      } catch (error) {
        expect(error).toMatchObject({ name: 'MappingError' });
      }
    }));
  });
});

describe('task settings', () => {
  it('have the defaults of DMS', () => {
    expect(parseTaskSettings()).toEqual({ parallelLoads: 8, logLevel: 'info', retry: { firstDelayMs: 5000, maximumDelayMs: 1_800_000 }, flushMs: 1000, bufferBytes: 4 * 2 ** 20, failWithoutTables: true, dataError: 'skip', withoutEffect: [] });
  });

  it('of a DMS task are followed, and what has no effect is told', () => {
    const settings = {
      TargetMetadata: { SupportLobs: true, LobMaxSize: 32 }, FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', MaxFullLoadSubTasks: 3 },
      Logging: { EnableLogging: true, LogComponents: [{ Id: 'SOURCE_CAPTURE', Severity: 'LOGGER_SEVERITY_DEBUG' }], CloudWatchLogGroup: null },
      ErrorBehavior: { DataErrorPolicy: 'STOP_TASK', RecoverableErrorCount: 4, RecoverableErrorInterval: 0, RecoverableErrorThrottlingMax: 60 },
      ChangeProcessingTuning: { CommitTimeout: 2, MemoryLimitTotal: 4 }, BeforeImageSettings: null, PostProcessingRules: null,
    };
    expect(parseTaskSettings(JSON.stringify(settings))).toEqual({
      parallelLoads: 3, logLevel: 'debug', retry: { maximumAttempts: 4, firstDelayMs: 0, maximumDelayMs: 60_000 }, flushMs: 2000, bufferBytes: 4 * 2 ** 20, failWithoutTables: true, dataError: 'stop',
      withoutEffect: ['TargetMetadata.SupportLobs', 'TargetMetadata.LobMaxSize', 'FullLoadSettings.TargetTablePrepMode', 'Logging.CloudWatchLogGroup', 'PostProcessingRules'],
    });
  });

  it.each([
    ['{"Magic":{}}', 'have a section Magic'],
    ['{"Logging":{"Volume":11}}', 'have Logging.Volume'],
    ['{"FullLoadSettings":{"MaxFullLoadSubTasks":0}}', 'FullLoadSettings.MaxFullLoadSubTasks'],
    ['{"BeforeImageSettings":{"EnableBeforeImage":true}}', 'BeforeImageSettings.EnableBeforeImage'],
    ['[]', 'no JSON object'],
  ])('that cannot be followed are refused by name: %s', (json, message) => {
    expect(() => parseTaskSettings(json)).toThrow(message);
  });
});
