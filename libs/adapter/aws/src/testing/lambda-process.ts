/**
 * The Lambda runtime in small: imports the handler module named by the argument, then answers each message
 * `{event, requestId}` of the parent process with `{result}` or, as Lambda reports errors, `{error}`.
 */
interface Invocation {
  event: unknown;
  requestId: string;
}

const { handler } = (await import(process.argv[2] ?? '')) as { handler: (event: unknown, context: { awsRequestId: string }) => Promise<unknown> };

process.on('message', ({ event, requestId }: Invocation) => {
  handler(event, { awsRequestId: requestId }).then(
    (result) => process.send?.({ result: result ?? null }),
    ({ name, message, stack }: Error) => process.send?.({ error: { name, message, stack } }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
