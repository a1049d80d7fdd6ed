import { InvalidArgumentError } from './errors.ts';

/** A whole number among the table's properties; InvalidArgumentError when it is none or below `least`. */
export function integerProperty(properties: Readonly<Record<string, string>>, name: string, fallback: number, least: number): number {
  const text = properties[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(`table property ${name}: found "${text}", expected a whole number from ${least} on`);
  }
  return value;
}
