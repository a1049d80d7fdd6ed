import type { AwsRequest, Demand } from './aws-call.ts';

const bucketQueries: Record<string, string> = { uploads: 's3:ListBucketMultipartUploads', location: 's3:GetBucketLocation', versioning: 's3:GetBucketVersioning', versions: 's3:ListBucketVersions' };

/** The permissions that an S3 request by path needs: `/<bucket>/<key>`. */
export function s3Demands({ method, url, headers, body }: Pick<AwsRequest, 'method' | 'url' | 'headers' | 'body'>): Demand[] {
  const { pathname, searchParams: query } = new URL(url, 'http://s3');
  const [bucket = '', ...rest] = pathname.slice(1).split('/');
  const key = decodeURIComponent(rest.join('/'));
  const on = (action: string, name = key): Demand => ({ action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}${name && `/${name}`}` });
  if (!bucket) return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  if (!key) return bucketDemands(method, query, body, on);

  switch (method) {
    case 'GET':
      if (query.has('uploadId')) return [on('ListMultipartUploadParts')];
      if (query.has('attributes')) return [on('GetObject'), on('GetObjectAttributes')];
      return [on(query.has('versionId') ? 'GetObjectVersion' : 'GetObject')];
    case 'HEAD':
      return [on(query.has('versionId') ? 'GetObjectVersion' : 'GetObject')];
    case 'PUT': {
      const source = headers['x-amz-copy-source'];
      const copied: Demand[] = typeof source === 'string' ? [{ action: 's3:GetObject', resource: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '').replace(/\?.*$/, '')}` }] : [];
      return [on(query.has('tagging') ? 'PutObjectTagging' : 'PutObject'), ...copied];
    }
    case 'POST':
      if (query.has('uploads') || query.has('uploadId')) return [on('PutObject')];
      break;
    case 'DELETE':
      return [on(query.has('uploadId') ? 'AbortMultipartUpload' : query.has('versionId') ? 'DeleteObjectVersion' : 'DeleteObject')];
  }
  throw new Error(`${method} ${url} is no S3 request that is known here; expected one whose IAM action src/calls/s3-demands.ts names; add it there`);
}

function bucketDemands(method: string, query: URLSearchParams, body: Buffer, on: (action: string, name?: string) => Demand): Demand[] {
  if (method === 'HEAD') return [on('ListBucket')];
  if (method === 'POST' && query.has('delete')) {
    return [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => on('DeleteObject', name));
  }
  const known = Object.keys(bucketQueries).find((name) => query.has(name));
  const prefix = query.get('prefix');
  if (method === 'GET') return [{ ...on(known ? bucketQueries[known]!.slice(3) : 'ListBucket'), ...(prefix !== null && { context: { 's3:prefix': prefix } }) }];
  throw new Error(`${method} on a bucket with ?${query.toString()} is not known here; expected a request of a function, not of whoever makes buckets`);
}
