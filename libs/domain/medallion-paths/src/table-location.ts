/** The folder of an Iceberg table: `silver/<table>` or `gold/<table>`. */
export const tableLocation = (layer: 'silver' | 'gold', table: string): string => `${layer}/${table}`;

/** The name of a state of a table, the input of what is computed from it. Inverse of `parseSnapshotKey`. */
export const formatSnapshotKey = (layer: 'silver' | 'gold', table: string, snapshotId: bigint): string =>
  `${tableLocation(layer, table)}/snapshot=${snapshotId}`;

export function parseSnapshotKey(key: string): { layer: 'silver' | 'gold'; table: string; snapshotId: bigint } | undefined {
  const match = /^(silver|gold)\/([a-z][a-z0-9_]*)\/snapshot=(\d+)$/.exec(key);
  return match ? { layer: match[1] as 'silver' | 'gold', table: match[2]!, snapshotId: BigInt(match[3]!) } : undefined;
}
