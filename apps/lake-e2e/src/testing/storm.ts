import type { Demand } from '../calls/aws-call.ts';
import type { Disturb, Disturbance } from '../calls/recording-proxy.ts';
import type { AwsLake } from '../aws-lake.ts';

interface Blow {
  name: string;
  caller: string;
  /** Action and resource of the request that is hit, once `after` happened. */
  hits: { action: string; resource?: RegExp };
  after?: { action: string; resource?: RegExp };
  times: number;
  /** What becomes of the request. */
  effect: Disturbance;
  /** Whether all that is at work for the caller is killed besides. */
  kills?: true;
}

const throttled: Disturbance = { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'The level of configured provisioned throughput for the table was exceeded.' }) };

/** More refusals than the SDK repeats on its own count as a failure of the function. */
const blows: Blow[] = [
  { name: 'the table is throttled while objects are registered', caller: 'dm-processing-controller-role', hits: { action: 'dynamodb:PutItem' }, times: 7, effect: throttled },
  { name: 'the stream is throttled while changes are captured', caller: 'dm-kinesis-role', hits: { action: 'kinesis:PutRecords' }, times: 2, effect: throttled },
  { name: 'the stream is throttled while it is read', caller: 'dm-firehose-role', hits: { action: 'kinesis:GetRecords' }, times: 2, effect: throttled },
  { name: 'the answers to a delivery are lost, so that it is made again', caller: 'dm-firehose-role', hits: { action: 's3:PutObject', resource: /\/raw\// }, times: 3, effect: 'lose-answer' },
  { name: 'a validator is killed after it passed an event on', caller: 'dm-event-validator-role', hits: { action: 'sqs:SendMessage', resource: /valid-events$/ }, times: 1, effect: 'lose-answer', kills: true },
  { name: 'a writer is killed after its object and before its answer', caller: 'dm-event-writer-role', hits: { action: 's3:PutObject', resource: /\/raw\// }, times: 1, effect: 'lose-answer', kills: true },
  { name: 'a function is killed after its write and before its record', caller: 'dm-worker-role', hits: { action: 'dynamodb:PutItem' }, after: { action: 's3:PutObject', resource: /\/bronze\// }, times: 1, effect: 'break', kills: true },
  { name: 'the answer to a write of bronze is lost', caller: 'dm-worker-role', hits: { action: 's3:PutObject', resource: /\/bronze\/review\// }, times: 1, effect: 'lose-answer' },
  { name: 'the table is throttled while a table is planned', caller: 'dm-lambda-role', hits: { action: 'dynamodb:PutItem' }, times: 4, effect: throttled },
  { name: 'a task is killed after its commit and before its records', caller: 'dm-silver-worker-role', hits: { action: 'dynamodb:PutItem' }, after: { action: 'glue:UpdateTable' }, times: 1, effect: 'break', kills: true },
  { name: 'a task is killed at every attempt before it begins', caller: 'dm-silver-worker-role', hits: { action: 's3:GetObject', resource: /\/plans\/silver\/openbrewery\// }, times: 4, effect: 'break', kills: true },
  { name: 'a task is killed with its commit', caller: 'dm-gold-worker-role', hits: { action: 'glue:UpdateTable', resource: /\/dm_gold\/breweries_by_type_and_place$/ }, times: 1, effect: 'lose-answer', kills: true },
  { name: 'and at every attempt that follows', caller: 'dm-gold-worker-role', hits: { action: 's3:GetObject', resource: /\/plans\/gold\/breweries_by_type_and_place\// }, after: { action: 'glue:UpdateTable', resource: /\/dm_gold\/breweries_by_type_and_place$/ }, times: 3, effect: 'break', kills: true },
  { name: 'the answer to a commit is lost', caller: 'dm-gold-worker-role', hits: { action: 'glue:UpdateTable', resource: /\/dm_gold\/top_/ }, times: 1, effect: 'lose-answer' },
  { name: 'a connection breaks while a data file is written', caller: 'dm-gold-worker-role', hits: { action: 's3:PutObject', resource: /\.parquet$/ }, times: 2, effect: 'break' },
];

/** Everything that may go wrong on the way, once each; `missed` names what has not happened. */
export function raiseStorm(lake: AwsLake): { missed: () => string[] } {
  const left = new Map(blows.map((blow) => [blow, blow.times]));
  const matches = ({ action, resource }: { action: string; resource?: RegExp }, demand: Demand): boolean => demand.action === action && (resource?.test(demand.resource) ?? true);
  const disturb: Disturb = (caller, demands) => {
    const blow = [...left].find(([{ caller: who, hits, after }, times]) => times > 0 && who === caller && demands.some((demand) => matches(hits, demand)) &&
      (!after || lake.proxy.calls.some((call) => call.caller === caller && call.status === 200 && matches(after, call))))?.[0];
    if (!blow) return undefined;
    left.set(blow, left.get(blow)! - 1);
    if (blow.kills) lake.kill(caller);
    return blow.effect;
  };
  lake.proxy.disturb(disturb);
  return { missed: () => [...left].filter(([, times]) => times > 0).map(([{ name }]) => name) };
}

/** Every second record of a delivery comes twice, and the later ones come first. */
export function rearrangeDeliveries<Item>(items: Item[]): Item[] {
  return items.flatMap((item, index) => (index % 2 === 0 ? [item, item] : [item])).reverse();
}

/** Loses the first record of each delivery. */
export function loseFirst<Item>(items: Item[]): Item[] {
  return items.slice(1);
}
