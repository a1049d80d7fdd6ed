import { z } from 'zod';

/** EventBridge's event for an object that S3 took in; the key stands in it as it is, not URL-encoded. */
const objectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({ bucket: z.object({ name: z.string().min(1) }), object: z.object({ key: z.string().min(1) }) }),
});

/** What the rule of the sweep sends. */
const sweep = z.object({ action: z.literal('sweep') });

export const controllerEvent = z.union([objectCreated, sweep]);

export type ControllerEvent = z.output<typeof controllerEvent>;
