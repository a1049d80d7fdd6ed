export { startPostgres, type TestPostgres } from './postgres-server.ts';
