import type { Place } from '../template/identities.ts';
import type { Json, JsonObject } from '../template/json.ts';
import type { AwsRequest, Demand } from './aws-call.ts';
import { jsonDemands } from './json-demands.ts';
import { s3Demands } from './s3-demands.ts';

/** The prefix of IAM's actions where it differs from the name in the signature. */
const actionPrefixes: Record<string, string> = { 's3express': 's3' };

/** The permissions that a request needs of IAM: by path for S3, by header or form for the others. */
export function readDemands(request: AwsRequest, place: Place): Demand[] {
  const service = actionPrefixes[request.service] ?? request.service;
  if (service === 's3') return s3Demands(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return jsonDemands(service, target.split('.').at(-1)!, JSON.parse(request.body.toString() || '{}') as JsonObject, place);
  const form = new URLSearchParams(request.body.toString());
  const action = form.get('Action');
  if (action) return jsonDemands(service, action, Object.fromEntries<Json>(form), place);
  throw new Error(`${request.method} ${request.url} to ${service} names no operation; expected X-Amz-Target, a form with Action, or S3`);
}

/** Who signed a request and for which service: the scope of its signature, in the header or in the query. */
export function readSignature(headers: AwsRequest['headers'], url: string): Pick<AwsRequest, 'accessKeyId' | 'service'> | undefined {
  const credential = /Credential=([^,\s]+)/.exec(String(headers['authorization'] ?? ''))?.[1] ?? new URL(url, 'http://aws').searchParams.get('X-Amz-Credential');
  const [accessKeyId, _date, _region, service] = credential?.split('/') ?? [];
  return accessKeyId && service ? { accessKeyId, service } : undefined;
}
