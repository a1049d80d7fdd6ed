export { emitConfigReference } from './config-reference.ts';
export { environmentSchema, exampleAccount, type LakeEnvironment } from './environment.ts';
export { defineConfig, lakeConfigSchema, type LakeConfig, type LakeConfigInput } from './lake-config.ts';
export { lakeConfigFile, loadLakeConfig } from './load-lake-config.ts';
export { maintenanceSchema, type MaintenanceConfig } from './maintenance.ts';
export { LakeConfigError, parseLakeConfig } from './parse-lake-config.ts';
