import { describe, expect, it } from '@jest/globals';
import { createReplication, isSourceUrl } from './change-sources.ts';
import { makeTestTask } from './testing/test-task.ts';

describe('a change source', () => {
  it.each(['postgres://u:p@h:5432/d', 'postgresql://h/d', 'mariadb://u:p@h:3306', 'mysql://u:p@h', 'kafka://h1,h2:9093/a,b', 'kafka+ssl://u:p@h/a'])('is opened by the scheme of %s', async (url) => {
    expect(isSourceUrl(url)).toBe(true);
    expect(await (await createReplication(url, makeTestTask())).status()).toMatchObject({ phase: 'connecting', events: 0 });
  });

  it.each(['oracle://scott:tiger@h', 'postgres', 'h:5432', ''])('is none of %j, and the error names the forms and no password', async (url) => {
    expect(isSourceUrl(url)).toBe(false);
    const failure = createReplication(url, makeTestTask());
    await expect(failure).rejects.toThrow(/expected postgres:\/\/user:password@host:port\/database/);
    await expect(failure).rejects.not.toThrow(/tiger/);
  });
});
