import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Place } from '../template/identities.ts';
import type { AwsCall, AwsRequest, Demand } from './aws-call.ts';
import { readDemands, readSignature } from './read-demands.ts';

/** What becomes of a request: its connection breaks before it is passed on, or after, so that only the answer is lost; or it is refused. */
export type Disturbance = 'break' | 'lose-answer' | { status: number; body: string };

/** Looks at a request and what it asks for; undefined lets it pass. */
export type Disturb = (caller: string, demands: readonly Demand[], request: AwsRequest) => Disturbance | undefined;

export interface RecordingProxy {
  /** URL, no slash at the end. */
  endpoint: string;
  /** The access key whose requests count as those of a role; each role has its own. */
  keyOf: (roleName: string) => string;
  /** Everything asked so far, in order. */
  calls: readonly AwsCall[];
  /** Adds a call that goes by no HTTP here, such as the start of a state machine. */
  record: (call: AwsCall) => void;
  /** Sets what happens to requests from now on; undefined leaves them alone. */
  disturb: (with_: Disturb | undefined) => void;
  close: () => Promise<void>;
}

/** Stands between functions and `target` and writes down, for each request, who asked for what; `canonical` gives a resource that goes by several names the one that policies use. */
export async function startRecordingProxy(target: string, place: Place, canonical: (demand: Demand) => Demand = (demand) => demand): Promise<RecordingProxy> {
  const calls: AwsCall[] = [];
  const roles = new Map<string, string>();
  const failures: unknown[] = [];
  let disturbing: Disturb | undefined;
  const { hostname, port } = new URL(target);

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const url = incoming.url ?? '/';
    const signature = readSignature(incoming.headers, url);
    const caller = signature && roles.get(signature.accessKeyId);
    if (!caller) throw new Error(`${incoming.method} ${url} is signed by ${signature?.accessKeyId ?? 'nobody'}; expected the key of a role; do the harness's own calls on moto itself`);
    const request: AwsRequest = { method: incoming.method ?? 'GET', url, headers: incoming.headers, body, ...signature };
    const demands = readDemands(request, place).map(canonical);
    const disturbance = disturbing?.(caller, demands, request);
    if (disturbance && disturbance !== 'lose-answer') calls.push(...demands.map((demand) => ({ ...demand, caller, status: undefined })));
    if (disturbance === 'break') return void incoming.socket.destroy();
    if (disturbance && disturbance !== 'lose-answer') return void outgoing.writeHead(disturbance.status, { 'content-type': 'application/x-amz-json-1.0' }).end(disturbance.body);

    const forwarded = sendRequest({ hostname, port, method: request.method, path: url, headers: { ...endToEndHeaders(incoming.headers), 'content-length': body.length } });
    forwarded.end(body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    const status = answer.statusCode ?? 500;
    calls.push(...[...demands, ...demandsOfAnswer(demands, status)].map((demand) => ({ ...demand, caller, status })));
    if (disturbance === 'lose-answer') {
      answer.resume();
      return void incoming.socket.destroy();
    }
    outgoing.writeHead(status, answer.headers);
    answer.pipe(outgoing);
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      failures.push(error);
      if (!outgoing.headersSent) outgoing.writeHead(501);
      outgoing.end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keyOf(roleName) {
      const known = [...roles].find(([, name]) => name === roleName)?.[0];
      const key = known ?? `AKIAROLE${String(roles.size).padStart(8, '0')}`;
      roles.set(key, roleName);
      return key;
    },
    calls,
    record: (call) => void calls.push(call),
    disturb: (with_) => void (disturbing = with_),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} requests were not understood: ${String(failures[0])}`);
    },
  };
}

/** Headers that are not about one connection only. */
function endToEndHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !['connection', 'expect', 'keep-alive', 'transfer-encoding'].includes(name)));
}

/** S3 says that an object is missing only to who may list the bucket; others are told that access is denied. */
function demandsOfAnswer(demands: readonly Demand[], status: number): Demand[] {
  if (status !== 404) return [];
  return demands.filter(({ action }) => action === 's3:GetObject').map(({ resource }) => ({ action: 's3:ListBucket', resource: resource.replace(/\/.*$/, '') }));
}
