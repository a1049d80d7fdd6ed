export { readCsvRows, type RejectedRow } from './csv-rows.ts';
export { connect, connectionUrl, createOperationalDatabase, withConnection, type DatabaseConnection } from './database.ts';
export { loadTable, type LoadedTable } from './load-table.ts';
export { createPostgresCluster, type ClusterOptions, type PostgresCluster } from './postgres-cluster.ts';
