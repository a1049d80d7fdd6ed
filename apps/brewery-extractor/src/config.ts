import { resolve } from 'node:path';
import { z } from 'zod';

/** What the extractor is told by its environment. */
export const extractorConfigSchema = z.object({
  /** File with the description of an API as JSON; Open Brewery DB when not given. */
  DM_API: z.string().min(1).optional(),
  /** Address of the API, in place of the one in its description. */
  DM_API_URL: z.url({ protocol: /^https?$/, error: 'expected http://… or https://…' }).optional(),
  /** Name of the extraction; the day in UTC when not given, so that a day is extracted once. */
  DM_RUN: z.string().min(1).optional(),
  /** Folder that pages and manifest are written under, as `bronze/<api>/…`: the data lake of a lake. */
  DM_TARGET: z.string().min(1).default('.lake/dm-datalake').transform((path) => resolve(path)),
  DM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ExtractorConfig = z.infer<typeof extractorConfigSchema>;
