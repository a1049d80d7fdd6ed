import { describe, expect, it } from '@jest/globals';
import type { Notifier } from '@data-master/ports';
import { perTest, type Setup } from './per-test.ts';

export interface NotifierParts {
  notifier: Notifier;
  /** What arrived, each notice as one text. */
  delivered(): Promise<string[]>;
}

/** The contract of Notifier. */
export function describeNotifier(name: string, setup: Setup<NotifierParts>): void {
  describe(`${name} keeps the contract of a notifier`, () => {
    const parts = perTest(setup);

    it('delivers subject, message and fields', async () => {
      await parts().notifier.notify({ subject: 'Table review failed', message: 'found no key\nexpected review_id', fields: { table: 'review', rows: 7 } });
      const [text] = await parts().delivered();
      for (const part of ['Table review failed', 'found no key', 'expected review_id', 'table', 'review', 'rows', '7']) expect(text).toContain(part);
    });

    it('delivers every notice, also equal ones and many at once', async () => {
      await Promise.all(Array.from({ length: 20 }, () => parts().notifier.notify({ subject: 'again', message: 'the same' })));
      expect(await parts().delivered()).toHaveLength(20);
    });

    it('delivers the beginning of what is long', async () => {
      await parts().notifier.notify({ subject: `S${'ü🍺'.repeat(500)}`, message: `M${'ü🍺'.repeat(100_000)}` });
      const [text] = await parts().delivered();
      expect(text).toContain('Mü🍺ü🍺');
    });
  });
}
