import { describe, expect, it } from '@jest/globals';
import type { Secrets } from '@data-master/ports';
import { perTest, type Setup } from './per-test.ts';

/** The contract of Secrets; `open` gives another instance over the same secrets. */
export function describeSecrets(name: string, setup: Setup<{ open(): Secrets }>): void {
  describe(`${name} keeps the contract of secrets`, () => {
    const parts = perTest(setup);

    it('makes a secret of the wanted size and keeps it', async () => {
      const secret = await parts().open().getOrCreate('pii', 32);
      expect(secret).toHaveLength(32);
      expect(new Set(secret).size).toBeGreaterThan(8);
      expect(await parts().open().getOrCreate('pii', 32)).toEqual(secret);
    });

    it('makes different secrets for different names', async () => {
      const secrets = parts().open();
      expect(await secrets.getOrCreate('one', 32)).not.toEqual(await secrets.getOrCreate('two', 32));
    });

    it('lets 50 concurrent first calls agree', async () => {
      const secrets = await Promise.all(Array.from({ length: 50 }, () => parts().open().getOrCreate('pii', 32)));
      expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    });

    it('refuses a size other than the one it has', async () => {
      await parts().open().getOrCreate('pii', 32);
      await expect(parts().open().getOrCreate('pii', 16)).rejects.toThrow('32');
    });
  });
}
