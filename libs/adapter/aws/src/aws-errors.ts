import { LakeError, TerminalError, TransientError } from '@data-master/ports';

const throttles = new Set([
  'BandwidthLimitExceeded',
  'KMSThrottlingException',
  'KmsThrottled',
  'LimitExceededException',
  'OverLimit',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
  'OperationTimeoutException',
]);

const lostConnections = new Set(['ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);

const remedies: [names: RegExp, remedy: string][] = [
  [/^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|AuthorizationErrorException|K[Mm][Ss].*)$/, 'allow it in the policy of the role, and the use of the key that encrypts it'],
  [/^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|CredentialsProviderError)$/, 'renew the credentials'],
  [/^(NoSuchBucket|PermanentRedirect)$/, 'correct the name of the bucket and its region, or deploy the stack that makes it'],
  [/^(NotFound|ResourceNotFoundException|EntityNotFoundException|NotFoundException|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|StateMachineDoesNotExist)$/, 'correct the name and the region, or deploy the stack that makes it'],
];

/** The name of the service's error (`NoSuchBucket`), or undefined for values that are no errors. */
export function errorName(error: unknown): string | undefined {
  return textProperty(error, 'name');
}

/** How often the SDK sent the request: above 1, an answer was lost or refused before the last one. */
export function attemptsOf(error: unknown): number {
  return numberProperty(property(error, '$metadata'), 'attempts') ?? 1;
}

/** Whether the outcome of the request is not known: it may have been carried out, or still be. */
export function isUnknownOutcome(error: unknown): boolean {
  return isLostConnection(error) || statusOf(error) >= 500;
}

/**
 * The error as the ports know it: throttling, failures of the service, timeouts and lost connections are transient, other
 * errors of the SDK terminal; what is no error of the SDK stays as it is.
 */
export function asLakeError(error: unknown, action: string): unknown {
  if (error instanceof LakeError) return error;
  const name = errorName(error) ?? '';
  if (throttles.has(name) || statusOf(error) === 429 || isUnknownOutcome(error)) {
    return new TransientError(`${action} failed with ${describe(error)}; expected it to succeed; repeat it later`, { cause: error });
  }
  const remedy = remedies.find(([names]) => names.test(name))?.[1];
  if (remedy === undefined && property(error, '$metadata') === undefined) return error;
  return new TerminalError(`${action} failed with ${describe(error)}; expected it to succeed; ${remedy ?? 'correct the request or the resource'}`, { cause: error });
}

/** Runs `work`, with its errors as `asLakeError` sees them. */
export async function withLakeErrors<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asLakeError(error, action);
  }
}

function isLostConnection(error: unknown): boolean {
  return errorName(error) === 'TimeoutError' || lostConnections.has(textProperty(error, 'code') ?? '');
}

function statusOf(error: unknown): number {
  return numberProperty(property(error, '$metadata'), 'httpStatusCode') ?? 0;
}

function describe(error: unknown): string {
  return [errorName(error), textProperty(error, 'code'), textProperty(error, 'message')?.slice(0, 300)].filter(Boolean).join(': ');
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textProperty(value: unknown, name: string): string | undefined {
  const found = property(value, name);
  return typeof found === 'string' ? found : undefined;
}

function numberProperty(value: unknown, name: string): number | undefined {
  const found = property(value, name);
  return typeof found === 'number' ? found : undefined;
}
