import { defineConfig } from '@data-master/lake-config';

export default defineConfig({
  prefix: 'dm',
  engine: 'auto',
  maintenance: { afterCommit: true },
  environments: {
    /** Stands for an account until yours is named here. */
    dev: { account: '000000000000', region: 'us-east-1' },
  },
});
