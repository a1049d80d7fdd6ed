import { defineConfig } from '@data-master/lake-config';

export default defineConfig({
  prefix: 'dm',
  engine: 'auto',
  maintenance: { afterCommit: true },
});
