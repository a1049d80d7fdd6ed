/** One thing that a request asks AWS to allow. */
export interface AwsCall {
  /** Name of the role whose credentials signed the request. */
  caller: string;
  /** IAM action, `s3:GetObject`. */
  action: string;
  /** ARN of the resource. */
  resource: string;
  /** Condition keys that the request sets, such as `s3:prefix` of a listing. */
  context?: Record<string, string>;
  /** HTTP status of the answer; undefined when the request was refused or broken off on purpose. */
  status: number | undefined;
}

/** What is asked, before it is known who asks and what becomes of it. */
export type Demand = Pick<AwsCall, 'action' | 'resource' | 'context'>;

/** A request as the proxy sees it. */
export interface AwsRequest {
  method: string;
  /** Path and query as sent. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** From the signature's scope. */
  service: string;
  accessKeyId: string;
}
