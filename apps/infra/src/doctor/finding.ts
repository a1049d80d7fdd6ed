/** What stands in the way of a deployment, and what to do about it. */
export interface Finding {
  found: string;
  expected: string;
  remedy: string;
}

export const formatFinding = ({ found, expected, remedy }: Finding): string => `found ${found}; expected ${expected}; ${remedy}`;
