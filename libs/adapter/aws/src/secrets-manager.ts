import { randomBytes } from 'node:crypto';
import { CreateSecretCommand, GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TerminalError, type Secrets } from '@data-master/ports';
import { errorName, withLakeErrors } from './aws-errors.ts';

export interface SecretsManagerOptions {
  client: SecretsManagerClient;
  /** Put before each name; none when not given. */
  prefix?: string;
}

/**
 * Secrets of Secrets Manager by name, or by ARN where there is no prefix. Each is binary or hexadecimal text; one that is
 * missing is made, which a role that may only read is refused with the remedy.
 */
export function createSecretsManagerSecrets({ client, prefix = '' }: SecretsManagerOptions): Secrets {
  const read = async (id: string): Promise<Uint8Array | undefined> => {
    try {
      const { SecretBinary, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
      return SecretBinary ?? bytesOfHex(id, SecretString ?? '');
    } catch (error) {
      if (errorName(error) === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  };

  const make = async (id: string, sizeBytes: number): Promise<void> => {
    try {
      await client.send(new CreateSecretCommand({ Name: id, SecretString: randomBytes(sizeBytes).toString('hex') }));
    } catch (error) {
      if (errorName(error) === 'AccessDeniedException') throw new TerminalError(`secret ${id} does not exist and may not be made by this role; expected the stack to have made it; deploy the stack`, { cause: error });
      if (errorName(error) !== 'ResourceExistsException') throw error;
    }
  };

  return {
    getOrCreate(name, sizeBytes) {
      const id = prefix + name;
      return withLakeErrors(`reading secret ${id}`, async () => {
        let secret = await read(id);
        if (!secret) {
          await make(id, sizeBytes);
          secret = await read(id);
        }
        if (!secret) throw new TerminalError(`secret ${id} vanished; expected it to stay once made; restore it within its recovery window`);
        if (secret.length === sizeBytes) return new Uint8Array(secret);
        throw new TerminalError(`secret ${id} has ${secret.length} bytes; expected ${sizeBytes}; restore its former version: a new secret cannot read what the old one hid`);
      });
    },
  };
}

/** The text of a secret that a stack made; TerminalError where there is none. */
export function readSecretText({ client, id }: { client: SecretsManagerClient; id: string }): Promise<string> {
  return withLakeErrors(`reading secret ${id}`, async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (SecretString === undefined) throw new TerminalError(`secret ${id} is binary; expected a text; write it as one`);
    return SecretString;
  });
}

function bytesOfHex(id: string, text: string): Uint8Array {
  if (/^([\da-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw new TerminalError(`secret ${id} holds a text of ${text.length} characters that is not hexadecimal; expected two hexadecimal digits for each byte; let it be generated from 0-9 and a-f`);
}
