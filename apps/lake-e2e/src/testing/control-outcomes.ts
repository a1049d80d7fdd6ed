import type { ControlRecord } from '@data-master/control-records';

/**
 * What became of the work of a lake, in words that two lakes share: one line per raw object for bronze and silver; for
 * what was cut from a stream or from events, and for what follows a snapshot, whose names and number differ, one line per table and status. (Inside of Jest, an error of
 * Node's own is no instance of its Error, and shows its name.)
 */
export function controlOutcomes(records: readonly ControlRecord[]): string[] {
  const keys = new Map(records.map(({ control_id: id, object_key: key }) => [id, key]));
  const lines = records.map((record) => {
    const { schema_name: schema, table_name: table, object_key: key, status, record_count: rows, rejected_count: rejected, error_message: error, duplicate_of: other } = record;
    const way = /\/dm-(firehose-stream|event-batch)-1-/.exec(key)?.[1];
    if (way) return `${schema}.${table} by ${way}: ${status}`;
    if (!/^(raw|bronze)\//.test(key)) return `${schema}.${table} after a snapshot: ${status}`;
    const outcome = [status, ...(status === 'success' ? [`${rows} rows`, `${rejected} rejected`] : [(error ?? '').replace('gzip: Error: ', 'gzip: ')]), ...(other ? [`known from ${keys.get(other) ?? other}`] : [])];
    return `${schema}.${table} ${key}: ${outcome.join(', ')}`;
  });
  return [...new Set(lines)].sort();
}
