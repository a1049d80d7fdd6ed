import { answerPlanner, plannerRequestSchema } from '@data-master/refinement';
import { createLogger, lambdaHandler, readConfig } from '@data-master/runtime';
import { refinementPlannerConfig } from './config.ts';
import { wire } from './wire.ts';

const config = readConfig(refinementPlannerConfig, process.env);
const logger = createLogger({ level: config.DM_LOG_LEVEL, fields: { app: 'refinement-planner' } });

/** Lists the tables to refine, plans one of them, or settles a run. */
export const handler = lambdaHandler(plannerRequestSchema, wire(config, logger), answerPlanner);
