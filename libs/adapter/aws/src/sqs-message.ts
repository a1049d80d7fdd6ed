import { TerminalError } from '@data-master/ports';

/** How bodies of a queue are written: as text, with what stands beside it. */
export interface MessageForm<Body> {
  format: (body: Body) => MessageText;
  /** Inverse of `format`. */
  parse: (message: MessageText) => Body;
}

export interface MessageText {
  text: string;
  /** At most nine, by names of letters, digits, `_` and `-`; the message's own id is added. */
  attributes?: Record<string, string>;
}

/** Bodies that are texts, as they are. */
export const textForm: MessageForm<string> = { format: (text) => ({ text }), parse: ({ text }) => text };

/** Bodies as JSON. */
export const jsonForm = <Body>(): MessageForm<Body> => ({ format: (body) => ({ text: JSON.stringify(body) }), parse: ({ text }) => JSON.parse(text) as Body });

/** Bodies whose members are texts: one is the text of the message, the others stand beside it, under their names. */
export const memberForm = <Body extends { [Name in keyof Body]: string }>(member: keyof Body & string): MessageForm<Body> => ({
  format: ({ [member]: text, ...attributes }) => ({ text, attributes }),
  parse: ({ text, attributes }) => ({ ...attributes, [member]: text }) as Body,
});

/** Text and attributes together, as SQS counts them. */
export const maxMessageBytes = 2 ** 20;

const attributeType = 'String';

/** Throws a TerminalError when SQS cannot carry the message. */
export function checkMessageSize(messageId: string, { text, attributes = {} }: MessageText): void {
  const beside = Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + attributeType.length + Buffer.byteLength(value), 0);
  const sizeBytes = Buffer.byteLength(text) + beside;
  if (sizeBytes > maxMessageBytes) throw new TerminalError(`message ${messageId} has ${sizeBytes} bytes with its attributes; expected at most ${maxMessageBytes}; put what is large into a store and send its key`);
}

/** Attributes as the SDK takes them. Inverse of `readAttributes`. */
export function writeAttributes(attributes: Record<string, string>): Record<string, { DataType: string; StringValue: string }> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: attributeType, StringValue: value }]));
}

/** Attributes as the SDK gives them. Inverse of `writeAttributes`. */
export function readAttributes(attributes: Record<string, { StringValue?: string | undefined }> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue ?? '']));
}
