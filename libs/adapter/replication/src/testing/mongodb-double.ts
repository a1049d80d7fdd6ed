import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON, Long, Timestamp, type Document } from 'mongodb';

/** An event as the double keeps it; its resume token is its place in the list. */
interface Entry {
  event: Document;
  time: Timestamp;
}

/**
 * What a replication needs of a MongoDB, in the protocol of its own (OP_MSG, and OP_QUERY for the greeting): a double, as no
 * package source offers the server. It keeps documents in memory and answers hello, ping, listCollections, find, aggregate
 * with $changeStream, getMore, killCursors and endSessions like a replica set of one.
 */
export interface MongoDbDouble {
  url: string;
  /** Changes documents in one transaction: events of one time. */
  write: (changes: readonly DoubleChange[]) => void;
  documents: (collection: string) => Map<string, Document>;
  /** Forgets the events so far, as an oplog that is too small does. */
  forgetEvents: () => void;
  /** Ends all connections. */
  disconnect: () => void;
  close: () => Promise<void>;
}

export type DoubleChange = { collection: string; put: Document } | { collection: string; remove: unknown } | { collection: string; drop: true };

const database = 'dm_core';
const keyOf = (id: unknown): string => JSON.stringify(id);

export async function startMongoDbDouble(): Promise<MongoDbDouble> {
  const collections = new Map<string, Map<string, Document>>();
  const events: (Entry | undefined)[] = [];
  const cursors = new Map<string, (limit: number) => Document>();
  const sockets = new Set<Socket>();
  let seconds = 1_700_000_000;
  let nextCursor = 1;
  let forgotten: Timestamp = new Timestamp({ t: 0, i: 0 });
  const now = (): Timestamp => new Timestamp({ t: seconds, i: 1 });
  const documents = (name: string): Map<string, Document> => {
    const found = collections.get(name) ?? new Map<string, Document>();
    collections.set(name, found);
    return found;
  };

  const answer = (command: Document): Document => {
    const [name] = Object.keys(command);
    switch (name?.toLowerCase()) {
      case 'hello':
      case 'ismaster':
        return { ismaster: true, isWritablePrimary: true, helloOk: true, setName: 'double', hosts: [address()], me: address(), primary: address(), minWireVersion: 0, maxWireVersion: 25, maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000, logicalSessionTimeoutMinutes: 30, localTime: new Date(), readOnly: false };
      case 'listcollections':
        return { cursor: { id: Long.ZERO, ns: `${database}.$cmd.listCollections`, firstBatch: [...collections.keys()].map((each) => ({ name: each, type: 'collection' })) } };
      case 'find':
        return openCursor(String(command['find']), [...documents(String(command['find'])).values()], Number(command['batchSize'] ?? 101));
      case 'aggregate':
        return openStream((command['pipeline'] as [{ $changeStream: Document }])[0].$changeStream);
      case 'getmore': {
        const read = cursors.get(String(command['getMore']));
        return read ? { cursor: read(Number(command['batchSize'] ?? 1000)) } : { ok: 0, code: 43, codeName: 'CursorNotFound', errmsg: 'cursor not found' };
      }
      default:
        return {};
    }
  };
  const openCursor = (name: string, rows: Document[], batchSize: number): Document => {
    const id = Long.fromNumber(nextCursor++);
    const ns = `${database}.${name}`;
    let offset = batchSize;
    const isDone = (): boolean => offset >= rows.length;
    cursors.set(String(id), (limit) => {
      const nextBatch = rows.slice(offset, offset += limit);
      return { id: isDone() ? Long.ZERO : id, ns, nextBatch };
    });
    return { cursor: { id: isDone() ? Long.ZERO : id, ns, firstBatch: rows.slice(0, batchSize) } };
  };
  const openStream = ({ resumeAfter, startAtOperationTime }: Document): Document => {
    let at = resumeAfter ? Number((resumeAfter as { _data: string })._data) + 1 : events.findIndex((entry) => entry !== undefined && entry.time.greaterThanOrEqual(startAtOperationTime as Timestamp));
    if (at < 0) at = events.length;
    const lost = { ok: 0, code: 286, codeName: 'ChangeStreamHistoryLost', errmsg: 'Resume of change stream was not possible, as the resume point may no longer be in the oplog.' };
    const isForgotten = resumeAfter ? at < events.length && events[at] === undefined : (startAtOperationTime as Timestamp).lessThanOrEqual(forgotten);
    if (isForgotten) return lost;
    const id = Long.fromNumber(nextCursor++);
    const ns = `${database}.$cmd.aggregate`;
    const read = (limit: number): Document[] => {
      const batch = events.slice(at, at + limit).flatMap((entry) => (entry ? [withLookup(entry.event)] : []));
      at = Math.min(events.length, at + limit);
      return batch;
    };
    const token = (): Document => ({ _data: String(at - 1) });
    cursors.set(String(id), (limit) => ({ id, ns, nextBatch: read(Math.min(limit, 7)), postBatchResumeToken: token() }));
    return { cursor: { id, ns, firstBatch: [], postBatchResumeToken: token() } };
  };
  /** An update brings the document as it is now, or none when it is gone. */
  const withLookup = (event: Document): Document =>
    (event['operationType'] === 'update' ? { ...event, fullDocument: documents((event['ns'] as { coll: string }).coll).get(keyOf((event['documentKey'] as Document)['_id'])) ?? null } : event);

  const reply = (socket: Socket, requestId: number, opCode: number, document: Document): void => {
    const body = BSON.serialize({ ok: 1, operationTime: now(), $clusterTime: { clusterTime: now(), signature: { hash: Buffer.alloc(20), keyId: Long.ZERO } }, ...document });
    const isLegacy = opCode === 2004;
    const head = Buffer.alloc(isLegacy ? 36 : 21);
    head.writeInt32LE(head.length + body.length, 0);
    head.writeInt32LE(requestId, 8);
    head.writeInt32LE(isLegacy ? 1 : 2013, 12);
    if (isLegacy) head.writeInt32LE(1, 32);
    socket.write(Buffer.concat([head, body]));
  };
  const onMessage = (socket: Socket, message: Buffer): void => {
    const opCode = message.readInt32LE(12);
    const start = opCode === 2004 ? message.indexOf(0, 20) + 9 : 21;
    const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)), { promoteValues: true, promoteLongs: true });
    const isWaiting = 'getMore' in command && cursors.has(String(command['getMore'])) && 'maxTimeMS' in command;
    const result = answer(command);
    const isEmpty = isWaiting && (result['cursor'] as { nextBatch: unknown[] } | undefined)?.nextBatch.length === 0;
    setTimeout(() => { if (!socket.destroyed) reply(socket, message.readInt32LE(4), opCode, result); }, isEmpty ? 5 : 0);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        onMessage(socket, received.subarray(0, length));
        received = received.subarray(length);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `mongodb://${address()}/${database}?replicaSet=double&heartbeatFrequencyMS=500`,
    documents,
    write(changes) {
      seconds += 1;
      for (const change of changes) {
        const ns = { db: database, coll: change.collection };
        const common = { _id: { _data: String(events.length) }, clusterTime: now(), wallTime: new Date(seconds * 1000), ns, lsid: { id: 1 }, txnNumber: Long.fromNumber(seconds) };
        const all = documents(change.collection);
        if ('put' in change) {
          const key = keyOf(change.put['_id']);
          const isUpdate = all.has(key);
          all.set(key, change.put);
          events.push({ time: now(), event: { ...common, documentKey: { _id: change.put['_id'] as unknown }, operationType: isUpdate ? 'update' : 'insert', ...(!isUpdate && { fullDocument: change.put }) } });
        } else if ('drop' in change) {
          collections.delete(change.collection);
          events.push({ time: now(), event: { ...common, operationType: 'drop' } });
        } else if (all.delete(keyOf(change.remove))) {
          events.push({ time: now(), event: { ...common, operationType: 'delete', documentKey: { _id: change.remove } } });
        }
      }
    },
    forgetEvents() {
      events.fill(undefined);
      forgotten = now();
    },
    disconnect() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
