export { ConfigError, readConfig } from './config.ts';
export { lakeVariables } from './lake-variables.ts';
export { createRandomIds, createSystemClock } from './environment.ts';
export { createHttpClient } from './http-client.ts';
export { joinLocalFiles, joinObjectStores, type LakeBuckets } from './lake-buckets.ts';
export { lambdaHandler, type RequestContext } from './lambda-handler.ts';
export { createLogger, type LoggerOptions } from './logger.ts';
export { runTask, taskExitCodes, type TaskOptions } from './run-task.ts';
