/** A JSON value, as templates, events and state machines are made of. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text at a place; anything else is refused with the place's name. */
export function requireText(value: Json | undefined, place: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${place} is ${JSON.stringify(value)}; expected a text`);
}

/** The object at a place; anything else is refused with the place's name. */
export function requireObject(value: Json | undefined, place: string): JsonObject {
  if (isObject(value)) return value;
  throw new Error(`${place} is ${JSON.stringify(value)}; expected an object`);
}

/** One value or a list of them, as policies and patterns allow both. */
export function asList(value: Json | undefined): Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A value as it reads in a message or a name: a text as it is, all else as JSON. */
export function toText(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
