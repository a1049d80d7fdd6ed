import type { TableState } from './catalog.ts';
import { liveRowsSql, openRows } from './live-rows.ts';
import type { ReadingPorts } from './local-paths.ts';
import type { DataFile } from './manifests.ts';
import { currentSchema } from './metadata.ts';
import { formatPartition, partitionKey, type BoundSpec, type PartitionTuple, type PartitionValues } from './partitions.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { transformSql } from './transform-sql.ts';
import type { Value } from './types.ts';
import { canonicalSql, parseCanonical } from './values.ts';

/** The different partitions of files of one spec, as callers get them. */
export function partitionsOf(spec: BoundSpec, files: readonly DataFile[]): PartitionTuple[] {
  return formatDistinct(spec, files.map((file) => file.partition));
}

function formatDistinct(spec: BoundSpec, partitions: readonly PartitionValues[]): PartitionTuple[] {
  const distinct = new Map(partitions.map((values) => [partitionKey(values), values]));
  return [...distinct.values()].map((values) => formatPartition(spec, values));
}

/** Partitions of the given spec that rows left or came into; files of other specs are read to find out. */
export async function affectedPartitions(
  { ports }: { ports: ReadingPorts },
  state: TableState,
  spec: BoundSpec,
  removed: readonly PlannedFile[],
  added: readonly DataFile[],
): Promise<PartitionTuple[]> {
  const own = removed.filter((file) => file.spec.id === spec.id).map(({ file }) => file.partition);
  const foreign = removed.filter((file) => file.spec.id !== spec.id);
  const found = foreign.length === 0 || spec.fields.length === 0 ? foreign.slice(0, 1).map(() => []) : await partitionsOfRows(ports, state, spec, foreign);
  return formatDistinct(spec, [...own, ...found, ...added.map((file) => file.partition)]);
}

async function partitionsOfRows(ports: ReadingPorts, { metadata }: TableState, spec: BoundSpec, files: readonly PlannedFile[]): Promise<PartitionValues[]> {
  const keys = spec.fields.map((field, index) => `${canonicalSql(field.type, transformSql(field.transform, field.source))} AS p${index}`);
  const relation = liveRowsSql(await openRows(ports, metadata, files), currentSchema(metadata).fields);
  const rows = await ports.engine.rows(`SELECT DISTINCT ${keys.join(', ')} FROM ${relation}`);
  return rows.map((row) =>
    spec.fields.map((field, index): Value | null => {
      const text = row[`p${index}`];
      return typeof text === 'string' ? (parseCanonical(field.type, text) ?? null) : null;
    }),
  );
}

/** A condition that holds for rows whose partition of the spec is one of the given ones. */
export function inPartitionsSql(spec: BoundSpec, partitions: readonly PartitionValues[], valueSql: (index: number, value: Value) => string): string {
  const alternatives = partitions.map((values) => {
    const parts = spec.fields.map((field, index) => {
      const value = values[index] ?? null;
      const expression = transformSql(field.transform, field.source);
      return `${expression} IS NOT DISTINCT FROM ${value === null ? 'NULL' : valueSql(index, value)}`;
    });
    return `(${parts.join(' AND ')})`;
  });
  return alternatives.length === 0 ? 'false' : alternatives.join(' OR ');
}
