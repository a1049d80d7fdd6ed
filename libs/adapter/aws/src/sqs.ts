export { jsonForm, maxMessageBytes, memberForm, textForm, type MessageForm, type MessageText } from './sqs-message.ts';
export { createSqsQueue, type SqsQueueOptions } from './sqs-queue.ts';
