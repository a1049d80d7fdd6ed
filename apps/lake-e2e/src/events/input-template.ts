import { isObject, type Json } from '../template/json.ts';

/**
 * The input that a target gets by an input template: `<$.path>` inside of quotes is put in as text, elsewhere as JSON.
 * A path that leads nowhere is refused: AWS would pass an empty text on, and the target would fail far from the cause.
 */
export function applyInputTemplate(template: string, event: Json): Json {
  let quoted = false;
  const text = template.replace(/"|\\.|<\$\.([^>]+)>/g, (match, path: string | undefined) => {
    if (path === undefined) {
      if (match === '"') quoted = !quoted;
      return match;
    }
    const value = valueAt(event, path);
    const json = JSON.stringify(value);
    if (!quoted) return json;
    return typeof value === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
  });
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error(`input template gives ${text}; expected JSON`);
  }
}

function valueAt(event: Json, path: string): Json {
  const value = path.split('.').reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), event);
  if (value === undefined) throw new Error(`input template asks for $.${path}; expected a field of ${JSON.stringify(event).slice(0, 500)}`);
  return value;
}
