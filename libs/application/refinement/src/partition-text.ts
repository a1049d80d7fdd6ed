import type { PartitionTuple } from './refinement-plan.ts';

/** Partitions as a short text: the columns, then the values of each partition. */
export function formatPartitions(partitions: readonly PartitionTuple[]): string {
  const columns = Object.keys(partitions[0] ?? {});
  return JSON.stringify([columns, ...partitions.map((tuple) => columns.map((column) => tuple[column] ?? null))], (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}

/** The partitions of such a text; `all` for a table that has none. */
export function parsePartitions(text: string): PartitionTuple[] | 'all' {
  const [columns, ...tuples] = JSON.parse(text) as [string[], ...(number | null)[][]];
  if (columns.length === 0) return 'all';
  return tuples.map((values) => Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null])));
}
