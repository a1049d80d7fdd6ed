import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
const dynamodb = new DynamoDBClient({ maxAttempts: 2 });
const s3 = new S3Client({});

/** Counts the letters of a registered object. */
export async function handler({ id }) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: process.env.BUCKET, Key: id }));
  const letters = (await Body.transformToString()).length;
  await dynamodb.send(new UpdateItemCommand({
    TableName: process.env.TABLE, Key: { id: { S: id } }, UpdateExpression: 'SET #s = :done, letters = :letters',
    ExpressionAttributeNames: { '#s': 'status' }, ExpressionAttributeValues: { ':done': { S: 'done' }, ':letters': { N: String(letters) } },
  }));
  return { letters };
}
