export { createFileTarget, type FileTargetOptions } from './file-target.ts';
export { createMariaDbReplication } from './mariadb/mariadb-replication.ts';
export type { MariaDbConnection } from './mariadb/connection.ts';
export { createPostgresReplication } from './postgres/postgres-replication.ts';
export type { PostgresConnection } from './postgres/connection.ts';
export type { Replication, ReplicationStatus, ReplicationTask } from './replication.ts';
export type { ContractGuard } from './row-plan.ts';
export { createStreamTarget, type StreamTargetOptions } from './stream-target.ts';
