import { pathToFileURL } from 'node:url';

/** What the harness sends to a function's process, and what comes back. */
export interface Invocation {
  requestId: string;
  event: unknown;
}
export type InvocationResult = { requestId: string; result: unknown } | { requestId: string; error: { name: string; message: string } };

type Handler = (event: unknown, context: { awsRequestId: string }) => Promise<unknown>;

/** Stands for the runtime of AWS Lambda: loads the bundle named by the first argument and answers one event after the other. */
const { handler } = (await import(pathToFileURL(process.argv[2]!).href)) as { handler: Handler };

process.on('message', ({ requestId, event }: Invocation) => {
  handler(event, { awsRequestId: requestId }).then(
    (result) => reply({ requestId, result: result ?? null }),
    (error: unknown) => reply({ requestId, error: { name: error instanceof Error ? error.name : 'Error', message: error instanceof Error ? error.message : String(error) } }),
  );
});

function reply(result: InvocationResult): void {
  process.send?.(result);
}
