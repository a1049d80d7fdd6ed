/** A field of a flat JSON object; numbers keep their literal text, so that no digit is lost. */
export interface FlatField {
  kind: 'string' | 'number' | 'boolean' | 'null' | 'nested';
  /** Null for null; the literal text of a number or boolean; the text of a nested value as it stands. */
  text: string | null;
}

export type FlatJson = Map<string, FlatField>;

const string = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"';
const field = new RegExp(`[ \\t\\r]*(${string})[ \\t\\r]*:[ \\t\\r]*(?:(${string})|(-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true|false)|(null)|(?=[[{]))[ \\t\\r]*([,}]?)`, 'y');

/** Reads a JSON object of one line without rounding any number; the reason when the text is none. */
export function readFlatJson(text: string): FlatJson | string {
  const fields: FlatJson = new Map();
  const open = /^[ \t\r]*\{[ \t\r]*/.exec(text)?.[0];
  if (open === undefined) return notJson(text);
  if (/^\}[ \t\r]*$/.test(text.slice(open.length))) return fields;
  for (let position = open.length; ;) {
    field.lastIndex = position;
    const match = field.exec(text);
    if (!match) return notJson(text);
    const [, nameText = '', stringText, number, boolean, nothing] = match;
    let { 6: separator } = match;
    position = field.lastIndex;
    const name = readString(nameText);
    if (name === undefined) return 'the name of a field is not well-formed Unicode, expected no lone surrogates';
    if (fields.has(name)) return 'a field stands twice in the JSON object, expected each once';
    if (stringText !== undefined) {
      const value = readString(stringText);
      if (value === undefined) return 'a text is not well-formed Unicode, expected no lone surrogates';
      fields.set(name, { kind: 'string', text: value });
    } else if (number !== undefined) fields.set(name, { kind: 'number', text: number });
    else if (boolean !== undefined) fields.set(name, { kind: 'boolean', text: boolean });
    else if (nothing !== undefined) fields.set(name, { kind: 'null', text: null });
    else {
      const end = endOfNested(text, position);
      if (end < 0) return notJson(text);
      fields.set(name, { kind: 'nested', text: text.slice(position, end) });
      const after = /^[ \t\r]*([,}])/.exec(text.slice(end, end + 1000));
      separator = after?.[1] ?? '';
      position = end + (after?.[0].length ?? 0);
    }
    if (separator === '}') return /^[ \t\r]*$/.test(text.slice(position)) ? fields : notJson(text);
    if (separator !== ',') return notJson(text);
  }
}

function readString(literal: string): string | undefined {
  const value = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  return value.isWellFormed() ? value : undefined;
}

function notJson(text: string): string {
  try {
    return typeof JSON.parse(text) === 'object' ? 'the line is no JSON object, expected one' : 'the line is a JSON scalar, expected a JSON object';
  } catch {
    return 'the line is not JSON, expected a JSON object';
  }
}

/** Offset after the bracketed value at `start`, -1 when it is not JSON. */
function endOfNested(text: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[\]{}]/g;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[0] === '[' || match[0] === '{') depth += 1;
    else if (match[0] === ']' || match[0] === '}') depth -= 1;
    if (depth > 0) continue;
    const end = token.lastIndex;
    try {
      JSON.parse(text.slice(start, end));
      return end;
    } catch {
      return -1;
    }
  }
  return -1;
}
