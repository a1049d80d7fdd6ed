/** An index of the control table: all its keys are text, and it carries no more than keys and `carried`. */
export interface ControlIndex {
  name: string;
  partitionKey: string;
  sortKey: string;
  carried: string[];
}

/**
 * The table of control records as its adapter needs it: all keys are text, and its stream carries new images. Items hold a
 * record's fields under their names and the two joined keys `schema_status` (`dm_bronze:pending`) and `table_checksum`
 * (`beer:<checksum>`).
 */
export const controlTable = {
  partitionKey: 'control_id',
  stream: 'NEW_IMAGE',
  indexes: {
    objectKey: { name: 'dm-gsi-object-key', partitionKey: 'object_key', sortKey: 'created_at', carried: [] },
    schemaStatus: { name: 'dm-gsi-schema-status', partitionKey: 'schema_status', sortKey: 'created_at', carried: ['table_name'] },
    tableChecksum: { name: 'dm-gsi-table-checksum', partitionKey: 'table_checksum', sortKey: 'created_at', carried: [] },
  },
} as const satisfies { partitionKey: string; stream: string; indexes: Record<string, ControlIndex> };
