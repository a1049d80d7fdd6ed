/** What becomes of a request: lost before or after the service carries it out, refused for its frequency, or not allowed. */
export type Fault = 'lost-before' | 'lost-after' | 'throttled' | 'denied';

type Handler = (args: object) => Promise<unknown>;

/** The part of every SDK client that takes middleware. */
export interface FaultyClient {
  middlewareStack: {
    add: (middleware: (next: Handler, context: { commandName?: string }) => Handler, options: { step: 'deserialize'; priority: 'low' }) => void;
  };
}

const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const answers: Record<Fault, () => Error> = {
  'lost-before': lost,
  'lost-after': lost,
  throttled: () => Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $fault: 'client', $metadata: { httpStatusCode: 400 } }),
  denied: () => Object.assign(new Error('not authorized to perform this'), { name: 'AccessDeniedException', $fault: 'client', $metadata: { httpStatusCode: 403 } }),
};

/** Lets the next requests of a command (`PutObjectCommand`) fail, one for each fault, repetitions by the SDK included. */
export function injectFaults(client: unknown, commandName: string, faults: Fault[]): void {
  (client as FaultyClient).middlewareStack.add(
    (next, context) => async (args) => {
      const fault = context.commandName === commandName ? faults.shift() : undefined;
      if (fault === undefined) return next(args);
      if (fault === 'lost-after') await next(args);
      throw answers[fault]();
    },
    { step: 'deserialize', priority: 'low' },
  );
}
