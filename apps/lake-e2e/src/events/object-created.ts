import { randomUUID } from 'node:crypto';
import type { Place } from '../template/identities.ts';
import type { JsonObject } from '../template/json.ts';

/** The event by which S3 tells EventBridge of a new object, in the shape that AWS documents. */
export function objectCreated({ account, region }: Place, { bucket, key, sizeBytes }: { bucket: string; key: string; sizeBytes: number }): JsonObject {
  return {
    version: '0', id: randomUUID(), 'detail-type': 'Object Created', source: 'aws.s3', account, time: new Date().toISOString(), region, resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0', bucket: { name: bucket }, object: { key, size: sizeBytes, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '00617F08299329D189' },
      'request-id': 'N4N7GDK58NMKJ12R', requester: account, 'source-ip-address': '192.0.2.1', reason: 'PutObject',
    },
  };
}
