export type { TestKafka } from './kafka-server.ts';
export type { TestMariaDb } from './mariadb-server.ts';
export { startPostgres, type TestPostgres } from './postgres-server.ts';
