export { agentConfigSchema, type AgentConfig } from './config.ts';
export { wire } from './wire.ts';
