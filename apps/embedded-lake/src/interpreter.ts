import { registerHooks, type ModuleHooks } from 'node:module';
import type * as Interpreter from 'aws-local-stepfunctions';

/** What the interpreter imports and we never let it use: a cloud to call, and a check that our tests do. */
const absent = /^(@aws-sdk\/|asl-validator$)/;
const standIn = `data:text/javascript,${encodeURIComponent(`
function absent() { throw new Error('the embedded lake reaches no cloud; expected every task of a state machine to be bound'); }
export { absent as LambdaClient, absent as InvokeCommand, absent as fromCognitoIdentityPool, absent as default };`)}`;

let loaded: Promise<typeof Interpreter> | undefined;

/** The interpreter of state machines, loaded when first asked for and without the cloud SDK, which is most of its weight. */
export function loadInterpreter(): Promise<typeof Interpreter> {
  return (loaded ??= load());
}

async function load(): Promise<typeof Interpreter> {
  const hooks = withoutCloud();
  try {
    return await import('aws-local-stepfunctions');
  } finally {
    hooks?.deregister();
  }
}

/** A test runner has a loader of its own and refuses hooks: there the SDK is loaded, and not used. */
function withoutCloud(): ModuleHooks | undefined {
  try {
    return registerHooks({ resolve: (specifier, context, next) => (absent.test(specifier) ? { url: standIn, shortCircuit: true } : next(specifier, context)) });
  } catch {
    return undefined;
  }
}
