import { TextDecoder } from 'node:util';
import { TerminalError } from '@data-master/ports';
import { SaxesParser } from 'saxes';

/** Attributes of an element by their names without prefix. */
export type XmlAttributes = Record<string, string | undefined>;

/** What is done with the parts of a document; element names come without prefix. */
export interface XmlHandlers {
  open?(element: string, attributes: XmlAttributes, path: readonly string[]): void;
  close?(element: string, text: string, path: readonly string[]): void;
}

const maximumDepth = 64;

/**
 * Reads XML as it comes and yields after each piece, so that what the handlers collected can be taken. `close` has the
 * text that stands in the element itself. No entity but those of XML is known, so none can grow.
 */
export async function* readXml(bytes: AsyncIterable<Uint8Array>, handlers: XmlHandlers, name: string): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const path: string[] = [];
  const texts: string[] = [];
  parser.on('opentag', ({ name: tag, attributes }) => {
    if (path.length >= maximumDepth) throw new TerminalError(`${name} has elements more than ${maximumDepth} deep; expected a workbook as Excel writes it; save it again`);
    const element = withoutPrefix(tag);
    path.push(element);
    texts.push('');
    handlers.open?.(element, Object.fromEntries(Object.entries(attributes).map(([key, value]) => [withoutPrefix(key), value])), path);
  });
  const addText = (text: string): void => {
    if (texts.length > 0) texts[texts.length - 1] += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', ({ name: tag }) => {
    const text = texts.pop() ?? '';
    handlers.close?.(withoutPrefix(tag), text, path);
    path.pop();
  });
  parser.on('error', (error) => {
    throw error;
  });
  let decoder: TextDecoder | undefined;
  for await (const piece of bytes) {
    decoder ??= new TextDecoder(isUtf16(piece) ? 'utf-16le' : 'utf-8', { fatal: true });
    const text = decode(decoder, piece);
    guard(name, () => parser.write(text));
    yield;
  }
  guard(name, () => parser.write(decoder?.decode() ?? '').close());
  yield;

  function decode(from: TextDecoder, piece: Uint8Array): string {
    return guard(name, () => from.decode(piece, { stream: true }));
  }
}

/** Reads a whole document. */
export async function readWholeXml(bytes: AsyncIterable<Uint8Array>, handlers: XmlHandlers, name: string): Promise<void> {
  for await (const _ of readXml(bytes, handlers, name)) continue;
}

function guard<Result>(name: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    throw new TerminalError(`${name} is broken XML; expected a workbook as Excel writes it; save it again`, { cause: error });
  }
}

const isUtf16 = (piece: Uint8Array): boolean => piece[0] === 0xff && piece[1] === 0xfe;
const withoutPrefix = (tag: string): string => tag.slice(tag.indexOf(':') + 1);
