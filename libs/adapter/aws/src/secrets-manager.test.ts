import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TerminalError, TransientError } from '@data-master/ports';
import { describeSecrets, perTest } from '@data-master/testing';
import { createSecretsManagerSecrets, readSecretText } from './secrets-manager.ts';
import { describeWithMoto, injectFaults, type Fault } from './testing/index.ts';

await describeWithMoto('on moto', (moto) => {
  const makeClient = async (onEnd: (clean: () => unknown) => void) => {
    const client = new SecretsManagerClient({ ...moto().config });
    onEnd(() => client.destroy());
    return client;
  };

  describeSecrets('Secrets Manager', async (onEnd) => {
    const client = await makeClient(onEnd);
    const prefix = `${randomUUID()}/`;
    return { open: () => createSecretsManagerSecrets({ client, prefix }) };
  });

  const client = perTest(makeClient);

  it('reads what a stack made, as binary or as hexadecimal text, by name or by ARN', async () => {
    const secrets = createSecretsManagerSecrets({ client: client() });
    const { ARN } = await client().send(new CreateSecretCommand({ Name: 'text', SecretString: '00fF10' }));
    await client().send(new CreateSecretCommand({ Name: 'binary', SecretBinary: Uint8Array.of(1, 2) }));
    expect(await secrets.getOrCreate('text', 3)).toEqual(Uint8Array.of(0, 255, 16));
    expect(await secrets.getOrCreate(ARN ?? '', 3)).toEqual(Uint8Array.of(0, 255, 16));
    expect(await secrets.getOrCreate('binary', 2)).toEqual(Uint8Array.of(1, 2));
  });

  it('refuses other text without showing it', async () => {
    await client().send(new CreateSecretCommand({ Name: 'password', SecretString: 'hunter2' }));
    const refused = createSecretsManagerSecrets({ client: client() }).getOrCreate('password', 3);
    await expect(refused).rejects.toThrow(/password holds a text of 7 characters.*generated from 0-9 and a-f/);
    await expect(refused).rejects.not.toThrow('hunter2');
  });

  it('reads texts as they are, and says which secret is binary or missing', async () => {
    await client().send(new CreateSecretCommand({ Name: 'database', SecretString: '{"host":"ü"}' }));
    await client().send(new CreateSecretCommand({ Name: 'bytes', SecretBinary: Uint8Array.of(1) }));
    expect(await readSecretText({ client: client(), id: 'database' })).toBe('{"host":"ü"}');
    await expect(readSecretText({ client: client(), id: 'bytes' })).rejects.toThrow('secret bytes is binary; expected a text');
    await expect(readSecretText({ client: client(), id: 'none' })).rejects.toThrow(/reading secret none failed with ResourceNotFoundException.*deploy the stack/);
  });

  it('says that the stack makes a secret which the role may not make', async () => {
    injectFaults(client(), 'CreateSecretCommand', ['denied']);
    await expect(createSecretsManagerSecrets({ client: client() }).getOrCreate('missing', 32)).rejects.toThrow(/missing does not exist and may not be made.*deploy the stack/);
  });

  it('makes one secret when the answer is lost', async () => {
    injectFaults(client(), 'CreateSecretCommand', ['lost-after']);
    const prefix = `${randomUUID()}/`;
    expect(await createSecretsManagerSecrets({ client: client(), prefix }).getOrCreate('pii', 32)).toHaveLength(32);
    const { SecretList } = await client().send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [prefix] }] }));
    expect(SecretList).toHaveLength(1);
  });

  it.each<{ faults: Fault[]; error: typeof TerminalError }>([
    { faults: ['denied'], error: TerminalError },
    { faults: ['throttled', 'throttled', 'throttled'], error: TransientError },
  ])('does not take $faults for a missing secret', async ({ faults, error }) => {
    injectFaults(client(), 'GetSecretValueCommand', faults);
    await expect(createSecretsManagerSecrets({ client: client() }).getOrCreate('text', 3)).rejects.toBeInstanceOf(error);
  });
});
