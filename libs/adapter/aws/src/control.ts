export { decodeControlRecord, type AttributeValue, type ControlItem } from './control-item.ts';
export type { ControlTable } from './control-queries.ts';
export { createDynamoControlStore } from './dynamo-control-store.ts';
