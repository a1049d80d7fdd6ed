import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPython, prepareLocked, type Found, type LockedEnvironment } from '@data-master/spark/testing';

/** A moto server of its own state, on this machine. */
export interface Moto {
  /** URL, no slash at the end. */
  endpoint: string;
  /** For the constructor of any SDK client. */
  config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** The same for a process whose clients take everything from the environment. */
  environment: Record<string, string>;
  /** Ends the server and waits until its process is gone. */
  close(): Promise<void>;
}

const region = 'eu-central-1';
const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
const locks = { content: 'moto, the stand-in for AWS', requirements: join(import.meta.dirname, 'requirements.txt') };
const lastLines = 20;

/** The Python with moto, boto3 and PyIceberg that the lock beside this module pins, made on first use; `missing` says what is not there. */
export async function prepareMoto(environment: NodeJS.ProcessEnv = process.env): Promise<Found<LockedEnvironment>> {
  const python = findPython(environment);
  return python.missing === undefined ? prepareLocked(python, locks, environment) : python;
}

/**
 * Starts moto on a free port; ready when it resolves. The server ends with this process, however that ends. `plain` leaves out
 * what `serve_moto.py` adds to moto.
 */
export async function startMoto({ plain = false }: { plain?: boolean } = {}): Promise<Moto> {
  const prepared = await prepareMoto();
  if (prepared.missing !== undefined) throw new Error(prepared.missing);
  const server = spawn(prepared.python, ['-u', join(import.meta.dirname, 'serve_moto.py'), ...(plain ? ['--plain'] : [])], { stdio: 'pipe' });
  const ended = once(server, 'close');
  const said: string[] = [];
  createInterface({ input: server.stderr }).on('line', (line) => said.push(line) > lastLines && said.shift());
  const endpoint = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line').then(([line]) => String(line)),
    ended.then(([code]) => {
      throw new Error(`moto: found its end with ${String(code)} before it was ready, expected its URL; its last words:\n${said.join('\n')}`);
    }),
  ]);
  return {
    endpoint,
    config: { endpoint, region, credentials },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    async close() {
      server.stdin.end();
      await ended;
    },
  };
}
