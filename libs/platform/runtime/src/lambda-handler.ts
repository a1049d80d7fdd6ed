import type { z } from 'zod';
import { redactText } from '@data-master/pii-masking';
import { LakeError, TerminalError, TransientError, type Logger } from '@data-master/ports';

/** What the shell reads of the Lambda context. */
export interface RequestContext {
  awsRequestId: string;
}

/**
 * A Lambda handler: checks the event against `schema`, gives the use case the ports with a logger of its own for the
 * request, and returns its result. What is thrown is named `TransientError` when a repetition may succeed, as the Retry
 * of a state machine matches it, and `TerminalError` for an event that is not understood; no message or stack keeps
 * personal data.
 */
export function lambdaHandler<Schema extends z.ZodType, Ports extends { logger: Logger }, Result>(
  schema: Schema, ports: Ports, useCase: (event: z.output<Schema>, ports: Ports) => Promise<Result>,
): (event: unknown, context: RequestContext) => Promise<Result> {
  return async (event, { awsRequestId }) => {
    const logger = ports.logger.child({ request_id: awsRequestId });
    try {
      return await useCase(parseEvent(schema, event), { ...ports, logger });
    } catch (error) {
      const failure = toPublicError(error);
      logger.log('error', 'request.failed', { error: failure });
      throw failure;
    }
  };
}

function parseEvent<Schema extends z.ZodType>(schema: Schema, event: unknown): z.output<Schema> {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  throw new TerminalError(`event is not understood (${describeIssues(result.error.issues)}); expected the shape of this function's schema; correct the rule, pipe or state machine that sends it`);
}

/** Where the event is wrong, never its values; for one of several shapes, where it misses each of them. */
function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues.map((issue) => {
    if (issue.code === 'invalid_union' && issue.errors.length > 0) return issue.errors.map((branch) => `[${describeIssues(branch)}]`).join(' or ');
    return `${issue.path.join('.') || 'event'}: ${issue.message}`;
  }).join('; ');
}

/** The same failure without personal data and without its cause; the platform reports name, message and stack. */
function toPublicError(thrown: unknown): Error {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const failure = new Error(redactText(message));
  failure.name = thrown instanceof TransientError ? 'TransientError' : thrown instanceof LakeError ? 'TerminalError' : name;
  if (stack) failure.stack = redactText(stack);
  return failure;
}
