import { z } from 'zod';

/** When tables are maintained, and what of their past is kept. */
export const maintenanceSchema = z.strictObject({
  afterCommit: z.boolean().default(true).describe('maintain a table after the commit that brings it to a threshold; `dm maintain` does so at any time'),
  smallFilesPerPartition: z.int().min(2).default(5).describe('small files in one partition that are worth being written together'),
  deleteRatio: z.number().gt(0).max(1).default(0.1).describe('deleted rows by rows of a table at which its files are written without them'),
  manifests: z.int().min(5).default(50).describe('manifests of a table that are worth being written together'),
  metadataSizeBytes: z.int().min(10_000).default(1_000_000).describe('size of a metadata file above which snapshots of more than an hour stay by number only, not by age'),
  snapshotAgeHours: z.number().min(1).default(120).describe('age up to which snapshots stay'),
  snapshotsKept: z.int().min(5).default(20).describe('snapshots that stay whatever their age; past their age they go after commits, this many at a time'),
});

export type MaintenanceConfig = z.infer<typeof maintenanceSchema>;
