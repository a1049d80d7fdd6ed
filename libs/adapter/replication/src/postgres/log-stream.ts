import { once, type EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { parseLsn } from '@data-master/change-events';
import { connect, identifier, literal, type PostgresConnection } from './connection.ts';

/** The connection below a client, which `pg` has and does not describe. */
interface WireConnection extends EventEmitter {
  stream: Socket;
  sendCopyFromChunk: (chunk: Buffer) => void;
  /** Takes leave of the server and ends the socket. */
  end: () => void;
}

export interface LogStreamOptions {
  connection: PostgresConnection;
  slot: string;
  publication: string;
  /** A message of pgoutput begins at `start`; the bytes are valid during the call only. */
  onMessage: (bytes: Buffer, start: number) => void;
  /** Whether all that came is durable: then a position up to which nothing concerns the tables is confirmed. */
  isIdle: () => boolean;
}

/** The changes of a slot as they come. */
export interface LogStream {
  /** Tells the source that it may forget what lies before a position. */
  confirm: (position: bigint) => void;
  pause: () => void;
  resume: () => void;
  /** Settles when the stream ends: by `close`, or with the error that ended it. */
  ended: Promise<void>;
  close: () => Promise<void>;
}

const statusEveryMs = 10_000;
/** The server frees the slot when it is taken leave of; one that is gone is not waited for. */
const farewellMs = 2000;
const microsTo2000 = 946_684_800_000_000n;

/** Begins to read a slot where it was last confirmed; the server ends a stream that it does not hear of, so it hears every ten seconds. */
export async function openLogStream({ connection, slot, publication, onMessage, isIdle }: LogStreamOptions): Promise<LogStream> {
  const ending = Promise.withResolvers<void>();
  ending.promise.catch(() => undefined);
  const client = await connect(connection, { replication: true, onError: ending.reject });
  const wire = (client as pg.Client & { connection: WireConnection }).connection;
  let confirmed = 0n;
  let isClosing = false;

  const sendStatus = (): void => {
    if (isClosing || wire.stream.destroyed) return;
    const status = Buffer.alloc(34);
    status[0] = 0x72;
    for (const offset of [1, 9, 17]) status.writeBigUInt64BE(confirmed, offset);
    status.writeBigInt64BE(BigInt(Date.now()) * 1000n - microsTo2000, 25);
    wire.sendCopyFromChunk(status);
  };

  const confirm = (position: bigint): void => {
    if (position <= confirmed) return;
    confirmed = position;
    sendStatus();
  };

  const started = Promise.withResolvers<void>();
  wire.once('replicationStart', () => started.resolve());
  wire.on('copyData', ({ chunk }: { chunk: Buffer }) => {
    if (isClosing) return;
    try {
      if (chunk[0] === 0x77) onMessage(chunk, 25);
      else if (chunk[0] === 0x6b) {
        if (isIdle()) confirm(chunk.readBigUInt64BE(1));
        if (chunk[17] === 1) sendStatus();
      }
    } catch (error) {
      ending.reject(error);
    }
  });
  client.query(`START_REPLICATION SLOT ${identifier(slot)} LOGICAL 0/0 (proto_version '1', publication_names ${literal(identifier(publication))})`).then(
    () => (isClosing ? ending.resolve() : ending.reject(new Error('the source ended the stream of changes'))),
    (error: unknown) => (isClosing ? ending.resolve() : ending.reject(error)),
  );
  client.on('end', () => (isClosing ? ending.resolve() : ending.reject(new Error('the source closed the stream of changes'))));
  const timer = setInterval(sendStatus, statusEveryMs);
  const close = async (): Promise<void> => {
    sendStatus();
    isClosing = true;
    clearInterval(timer);
    if (!wire.stream.destroyed) {
      const left = once(wire.stream, 'close');
      wire.end();
      wire.stream.resume();
      await Promise.race([left, delay(farewellMs, undefined, { ref: false })]).catch(() => undefined);
    }
    wire.stream.destroy();
    await client.end().catch(() => undefined);
    ending.resolve();
  };
  try {
    await Promise.race([started.promise, ending.promise]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    confirm,
    pause: () => void wire.stream.pause(),
    resume: () => void wire.stream.resume(),
    ended: ending.promise,
    close,
  };
}

export interface CreatedSlot {
  /** Changes committed after this position come through the slot, those before are in the snapshot. */
  position: bigint;
  /** Name of the snapshot, valid until the client's next command or end. */
  snapshot: string;
}

/** Makes a slot on a replication connection; waits for the transactions that are under way at the source. */
export async function createSlot(client: pg.Client, slot: string, { temporary = false } = {}): Promise<CreatedSlot> {
  const result = await client.query<{ consistent_point: string; snapshot_name: string }>(
    `CREATE_REPLICATION_SLOT ${identifier(slot)} ${temporary ? 'TEMPORARY ' : ''}LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );
  const created = result.rows[0]!;

  return { position: parseLsn(created.consistent_point) ?? 0n, snapshot: created.snapshot_name };
}

