export { createEventHandler, type EventHandlerPorts, type SqsBatchResponse } from './event-handler.ts';
