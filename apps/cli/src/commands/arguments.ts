import { InvalidArgumentError } from 'commander';

/** A whole number from 0, as an option's value. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Expected a whole number from 0.');
  return value;
}

/** Names separated by commas. */
export const nameList = (text: string): string[] => text.split(',').map((name) => name.trim()).filter(Boolean);
