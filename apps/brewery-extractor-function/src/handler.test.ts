import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithMoto, makeLakeResources, startLambda, type LakeResources, type LambdaProcess } from '@data-master/aws/testing';
import { generateOpenBreweries } from '@data-master/beer-sample';
import { openBreweryDb } from '@data-master/extraction';
import { collect } from '@data-master/testing';

const handler = join(import.meta.dirname, 'handler.ts');
/** As AWS documents it. */
const scheduled: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../testdata/scheduled-event.json'), 'utf8'));
const rows = [...generateOpenBreweries(1, 7)];

await describeWithMoto('the extractor as a function', (moto) => {
  let lake: LakeResources;
  let extractor: LambdaProcess;
  const requests: string[] = [];
  let answer: (page: number, response: ServerResponse) => boolean = () => false;
  const cleaning: (() => unknown)[] = [];
  let baseUrl: string;

  beforeAll(async () => {
    lake = await makeLakeResources(moto(), (clean) => cleaning.push(clean));
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://server');
      const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))];
      requests.push(String(page));
      if (!answer(page, response)) response.setHeader('content-type', 'application/json').end(JSON.stringify(rows.slice((page - 1) * size, page * size)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleaning.push(() => server.closeAllConnections(), () => server.close());
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/breweries`;
    extractor = start({ DM_API: JSON.stringify({ ...openBreweryDb, baseUrl, pageSize: 3, requestsPerSecond: 1_000, maxAttempts: 1 }) });
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });

  const start = (environment: Record<string, string>): LambdaProcess => {
    const started = startLambda(handler, { ...lake.environment, ...environment });
    cleaning.push(() => started.close());
    return started;
  };
  const keys = async (prefix: string): Promise<string[]> => (await collect(lake.datalake.list(`bronze/open_brewery_db/${prefix}`))).map(({ key }) => key.replace('bronze/open_brewery_db/', ''));

  it('extracts once for the day of a scheduled event, however often it comes', async () => {
    expect(await extractor.invoke(scheduled)).toEqual({ outcome: 'extracted', run: '2015-10-08', pages: 4, rows: 7 });
    expect(await keys('')).toEqual([1, 2, 3, 4].map((page) => `extraction=2015-10-08/page-0000${page}.json`).concat('manifests/2015-10-08.json'));
    const page = Buffer.concat(await collect(lake.datalake.read('bronze/open_brewery_db/extraction=2015-10-08/page-00003.json'))).toString();
    expect(page).toBe(JSON.stringify(rows.slice(6)));
    expect(await extractor.invoke(scheduled)).toMatchObject({ outcome: 'already-extracted', run: '2015-10-08' });
    expect(requests).toHaveLength(4);
  });

  it('goes on with a run that was cut off, and publishes nothing before its end', async () => {
    answer = (page, response) => {
      if (page === 3) response.writeHead(500).end();
      return page === 3;
    };
    await expect(extractor.invoke({ run: 'second' })).rejects.toMatchObject({ name: 'TransientError' });
    expect(await keys('manifests/second')).toEqual([]);
    answer = () => false;
    requests.length = 0;
    expect(await extractor.invoke({ run: 'second' })).toMatchObject({ outcome: 'extracted', pages: 4 });
    expect(requests).toEqual(['3', '4']);
  });

  it('refuses an event without sense, and does not start with a description that is none', async () => {
    await expect(extractor.invoke({ time: 'today' })).rejects.toThrow('event is not understood (time: ');
    await expect(start({ DM_API: '{"name":"x"}' }).invoke({})).rejects.toThrow(/DM_API does not describe an API/);
  });
});
