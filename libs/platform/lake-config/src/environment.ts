import { z } from 'zod';

/** One place that the lake is deployed to. */
export const environmentSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'an AWS account number, twelve digits as text').describe('AWS account, twelve digits as text'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as "eu-central-1"').describe('AWS region'),
});

export type LakeEnvironment = z.infer<typeof environmentSchema>;
