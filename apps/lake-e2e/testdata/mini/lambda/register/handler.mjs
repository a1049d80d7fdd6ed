import { createRequire } from 'node:module';

const { DynamoDBClient, PutItemCommand } = createRequire(import.meta.url)('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({ maxAttempts: 2 });

/** Registers a created object as pending. */
export async function handler({ detail }) {
  if (detail.object.key.includes('poison')) throw new Error('cannot read this object');
  await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: detail.object.key }, status: { S: 'pending' }, size: { N: String(detail.object.size) } } }));
}
