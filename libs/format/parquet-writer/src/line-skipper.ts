import type { Block } from './block-reader.ts';

/** Leaves out the rest of a line that is longer than a block. */
export interface LineSkipper {
  /** The line at the end of the block goes on in the next. */
  begin(): void;
  /** Consumes the rest of a begun line and returns the number of its line ends: 0 or 1. */
  skip(block: Block): number;
}

export function createLineSkipper(): LineSkipper {
  let skipping = false;
  return {
    begin: () => {
      skipping = true;
    },
    skip: (block) => {
      if (!skipping) return 0;
      const lineEnd = block.bytes.indexOf(10, block.consumed);
      skipping = lineEnd < 0 || lineEnd >= block.length;
      block.consumed = skipping ? block.length : lineEnd + 1;
      return skipping ? 0 : 1;
    },
  };
}
