/** Key, indexes and stream of the table of control records; indexes carry keys and what is named. */
export const controlTable = {
  partitionKey: 'control_id',
  indexes: {
    objectKey: { name: 'dm-gsi-object-key', partitionKey: 'object_key', sortKey: 'created_at', carried: [] },
    schemaStatus: { name: 'dm-gsi-schema-status', partitionKey: 'schema_status', sortKey: 'created_at', carried: ['table_name'] },
    tableChecksum: { name: 'dm-gsi-table-checksum', partitionKey: 'table_checksum', sortKey: 'created_at', carried: [] },
  },
} as const;
