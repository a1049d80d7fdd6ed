/** What an object's prefix may say besides plain text, as Firehose documents it. */
export interface PrefixValues {
  at: Date;
  /** By the name after `partitionKeyFromLambda:` or `partitionKeyFromQuery:`. */
  partitionKeys?: Readonly<Record<string, string>>;
  /** `processing-failed` and the like. */
  errorOutputType?: string;
}

const fields: Record<string, (at: Date) => string> = {
  yyyy: (at) => at.toISOString().slice(0, 4), MM: (at) => at.toISOString().slice(5, 7), dd: (at) => at.toISOString().slice(8, 10), HH: (at) => at.toISOString().slice(11, 13),
};

/** Puts values in place of the expressions of a prefix; an expression that is not known, or that has no value, is refused. */
export function evaluatePrefix(prefix: string, { at, partitionKeys = {}, errorOutputType }: PrefixValues): string {
  return prefix.replace(/!\{([^:}]+):([^}]*)\}/g, (expression, namespace: string, name: string) => {
    const value = namespace === 'timestamp' ? name.replace(/yyyy|MM|dd|HH/g, (field) => fields[field]!(at))
      : namespace === 'firehose' && name === 'error-output-type' ? errorOutputType
      : namespace.startsWith('partitionKeyFrom') ? partitionKeys[name] : undefined;
    if (value === undefined) throw new Error(`${expression} of prefix ${prefix} has no value; expected timestamp, firehose:error-output-type or one of [${Object.keys(partitionKeys).join(', ')}]`);
    return value;
  });
}

/** The name of a delivered object, as Firehose makes it. */
export function deliveredName(streamName: string, at: Date, uuid: string, extension: string): string {
  return `${streamName}-1-${at.toISOString().slice(0, 19).replace(/[T:]/g, '-')}-${uuid}${extension}`;
}
