export { describeMariaDb } from './describe-mariadb.ts';
export type { TestMariaDb } from './mariadb-server.ts';
export { startPostgres, type TestPostgres } from './postgres-server.ts';
