import { TerminalError } from '@data-master/ports';
import type { LineLayout } from '@data-master/table-contracts';
import { RE2JS } from 're2js';
import { createTimeReader } from './time-format.ts';

/** The cells of a line by column, or why it has none. */
export type LineParser = (line: string) => Map<string, string | null> | string;

/**
 * A parser of lines by pattern or widths; an empty cell is null. Patterns match in time linear in the line, whatever
 * they are; one that is no pattern of RE2 is a TerminalError.
 */
export function createLineParser(layout: LineLayout): LineParser {
  const parse = 'pattern' in layout ? byPattern(layout.pattern) : byWidths(layout.widths);
  const times = Object.entries(layout.times ?? {}).map(([column, format]) => [column, createTimeReader(format)] as const);
  return (line) => {
    const cells = parse(line);
    if (typeof cells === 'string') return cells;
    for (const [column, read] of times) {
      const text = cells.get(column);
      if (text != null) cells.set(column, read(text));
    }
    return cells;
  };
}

function byPattern(pattern: string): LineParser {
  const compiled = compile(pattern);
  const groups = Object.entries(compiled.namedGroups());
  return (line) => {
    const matcher = compiled.matcher(line);
    if (!matcher.matches()) return 'the line does not match the pattern of its table, expected a line that does';
    return new Map(groups.map(([name, group]) => [name, matcher.group(group) || null]));
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new TerminalError(`pattern ${JSON.stringify(pattern)} cannot be used: ${error instanceof Error ? error.message : String(error)}; expected the syntax of RE2, with a group (?<column>…) for each column and neither lookaround nor references; correct it`);
  }
}

function byWidths(widths: Readonly<Record<string, number>>): LineParser {
  const fields = Object.entries(widths);
  const total = fields.reduce((sum, [, width]) => sum + width, 0);
  return (line) => {
    const characters = [...line];
    if (characters.slice(total).join('').trim() !== '') return `the line has ${characters.length} characters, expected at most ${total}`;
    let position = 0;
    return new Map(fields.map(([name, width]) => [name, characters.slice(position, (position += width)).join('').trim() || null]));
  };
}
