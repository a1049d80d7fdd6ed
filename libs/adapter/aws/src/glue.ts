export { createGlueClient } from './glue-client.ts';
