/** A member of a JSON object: its name and the text of its value, untouched. */
export interface JsonMember {
  name: string;
  text: string;
}

const quote = 34;
const backslash = 92;

/**
 * The members of a JSON object with the texts of their values, so that no digit of a number is lost; undefined when
 * the text is no JSON object.
 */
export function readMembers(json: string): JsonMember[] | undefined {
  return isObject(json) ? splitMembers(json) : undefined;
}

/** The same for text that is known to be a JSON object. */
export function splitMembers(json: string): JsonMember[] {
  const members: JsonMember[] = [];
  let position = json.indexOf('{') + 1;
  for (;;) {
    const nameStart = json.indexOf('"', position);
    if (nameStart < 0) return members;
    const nameEnd = endOfString(json, nameStart);
    const valueStart = json.indexOf(':', nameEnd) + 1;
    const valueEnd = endOfValue(json, valueStart);
    members.push({ name: JSON.parse(json.slice(nameStart, nameEnd)) as string, text: json.slice(valueStart, valueEnd).trim() });
    if (json[valueEnd] !== ',') return members;
    position = valueEnd + 1;
  }
}

function isObject(json: string): boolean {
  if (!/^\s*\{/.test(json)) return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** Offset after the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json.charCodeAt(end - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** Offset of the comma or bracket that ends the value. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let position = start; ; position += 1) {
    const char = json.charCodeAt(position);
    if (char === quote) position = endOfString(json, position) - 1;
    else if (char === 123 || char === 91) depth += 1;
    else if (depth === 0 && (char === 44 || char === 125)) return position;
    else if (char === 125 || char === 93) depth -= 1;
  }
}
