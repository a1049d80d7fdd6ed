/** What happened to a row at its source; `load` is a row of a full load. */
export const changeOperations = ['load', 'insert', 'update', 'delete'] as const;
export type ChangeOperation = (typeof changeOperations)[number];
