export { ConfigError, readConfig } from './config.ts';
export { createRandomIds, createSystemClock } from './environment.ts';
export { createLogger, type LoggerOptions } from './logger.ts';
