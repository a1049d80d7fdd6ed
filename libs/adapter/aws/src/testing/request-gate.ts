import { createServer, request, type IncomingHttpHeaders } from 'node:http';

export interface GatedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface RequestGate {
  endpoint: string;
  close(): Promise<void>;
}

/**
 * A server before `endpoint` that asks `pass` about each request before it goes on; a request that is not let through is
 * never answered, which is how a network or a process dies; one that gets a status instead fails with it.
 */
export async function openRequestGate(endpoint: string, pass: (request: GatedRequest) => boolean | number): Promise<RequestGate> {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => forward());
    const forward = (): void => {
      const { method = 'GET', url = '/', headers } = incoming;
      const body = Buffer.concat(chunks);
      const passed = pass({ method, url, headers, body });
      if (typeof passed === 'number') outgoing.writeHead(passed).end();
      if (passed !== true) return;
      const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate has no port; expected one of this machine');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
