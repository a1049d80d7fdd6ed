import { lakeVariables } from '@data-master/runtime';
import { z } from 'zod';

/** What the extractor is told by its environment. */
export const breweryExtractorFunctionConfig = lakeVariables.pick({ DM_DATALAKE_BUCKET: true, DM_LOG_LEVEL: true }).extend({
  /** Description of an API as JSON; Open Brewery DB when not given. */
  DM_API: z.string().min(1).optional(),
});

export type BreweryExtractorFunctionConfig = z.output<typeof breweryExtractorFunctionConfig>;
