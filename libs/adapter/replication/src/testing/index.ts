export type { TestMariaDb } from './mariadb-server.ts';
export { startPostgres, type TestPostgres } from './postgres-server.ts';
