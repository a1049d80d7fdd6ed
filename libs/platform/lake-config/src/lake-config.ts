import { z } from 'zod';
import { environmentSchema } from './environment.ts';
import { maintenanceSchema } from './maintenance.ts';

/** What dm.config.ts may say; every key has a default. */
export const lakeConfigSchema = z.strictObject({
  prefix: z.string().regex(/^[a-z][a-z0-9]{0,9}$/, 'one to ten lower-case letters and digits, a letter first').default('dm').describe('begins the name of everything that is deployed'),
  engine: z.enum(['auto', 'duckdb', 'spark']).default('auto').describe('engine of silver and gold; `auto` chooses by the size of each plan'),
  maintenance: maintenanceSchema.prefault({}).describe('when tables are maintained, and what of their past is kept'),
  environments: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes, a letter first'), environmentSchema).default({}).describe('places that the lake is deployed to, by name'),
});

/** The configuration with every default filled in. */
export type LakeConfig = z.infer<typeof lakeConfigSchema>;
/** The configuration as it is written. */
export type LakeConfigInput = z.input<typeof lakeConfigSchema>;

/** Types the default export of dm.config.ts; it is checked when it is read. */
export const defineConfig = (config: LakeConfigInput): LakeConfigInput => config;
