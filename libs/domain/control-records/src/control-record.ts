import { z } from 'zod';

export const controlStatuses = ['pending', 'running', 'success', 'error'] as const;
export const schemaNames = ['dm_bronze', 'dm_silver', 'dm_gold'] as const;
export const computeTargets = ['lambda', 'ecs', 'emr'] as const;
export const fileFormats = ['csv', 'json', 'parquet', 'avro', 'xlsx', 'log', 'iceberg'] as const;

const instant = z.iso.datetime({ precision: 3 });
const count = z.int().nonnegative();

/**
 * One unit of work: an object and the layer it is to enter. Field names are those of the table `dm-processing-control`;
 * instants are ISO 8601 in UTC with milliseconds.
 */
export const controlRecordSchema = z.strictObject({
  control_id: z.string().min(1),
  /** The input: a raw key for bronze, a bronze key for silver, a table's snapshot for gold. */
  object_key: z.string().min(1),
  /** The destination layer. */
  schema_name: z.enum(schemaNames),
  /** The destination table. */
  table_name: z.string().min(1),
  /** Rows of the input; estimated from a sample until the record succeeded. */
  record_count: count,
  /** Rows that went to quarantine. */
  rejected_count: count,
  file_format: z.enum(fileFormats),
  /** Bytes. */
  file_size: count,
  /** SHA-256 of the input's bytes, and of the layout that lies beside it if one does, hexadecimal. */
  checksum: z.string(),
  status: z.enum(controlStatuses),
  attempt_count: count,
  compute_target: z.enum(computeTargets),
  created_at: instant,
  updated_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  /** Milliseconds from started_at to finished_at. */
  duration: count.nullable(),
  error_message: z.string().nullable(),
  /** Not to be claimed before; set by the back-off of a retry. */
  available_at: instant,
  /** Who is at work, and until when the claim holds without renewal. */
  lease_owner: z.string().nullable(),
  lease_until: instant.nullable(),
  /** The control_id under which the content was taken in before or, when the object was replaced, is taken in instead. */
  duplicate_of: z.string().nullable(),
  /** The partitions of the destination that the input touches; null when it is not partitioned. */
  affected_partitions: z.array(z.record(z.string(), z.number().int().nullable())).nullable(),
  /** Rises by one with each change; the ground of compare-and-set. */
  version: count,
});

export type ControlRecord = z.infer<typeof controlRecordSchema>;
export type ControlStatus = ControlRecord['status'];
export type SchemaName = ControlRecord['schema_name'];
export type ComputeTarget = ControlRecord['compute_target'];
export type FileFormat = ControlRecord['file_format'];
