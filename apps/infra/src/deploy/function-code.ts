import { GetFunctionCommand, TagResourceCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2, type LambdaClient } from '@aws-sdk/client-lambda';
import { codeTag, type Bundle } from '@data-master/constructs';
import { zipFolder } from './zip.ts';

/**
 * Gives a function its code unless the tag `dm-code` says that it has it; returns whether it was changed. The tag follows
 * the code, so that a deployment that ends in between is done again.
 */
export async function deployFunctionCode(client: LambdaClient, functionName: string, bundle: Bundle): Promise<boolean> {
  const { Configuration, Tags } = await client.send(new GetFunctionCommand({ FunctionName: functionName })).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') throw new Error(`function ${functionName} does not exist; expected the stack of functions to be deployed; run npx nx run infra:deploy once`, { cause: error });
    throw error;
  });
  if (Tags?.[codeTag] === bundle.contentHash) return false;
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile: zipFolder(bundle.folder), Architectures: ['arm64'] }));
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 120 }, { FunctionName: functionName });
  await client.send(new TagResourceCommand({ Resource: Configuration!.FunctionArn!, Tags: { [codeTag]: bundle.contentHash } }));
  return true;
}
