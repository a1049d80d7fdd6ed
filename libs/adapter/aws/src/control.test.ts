import { describeControlStore } from '@data-master/testing';
import { createDynamoControlStore } from './control.ts';
import { createStreamOutbox, makeControlTable } from './testing/control-parts.ts';
import { describeWithMoto } from './testing/index.ts';

await describeWithMoto('on moto', (moto) => {
  describeControlStore('the DynamoDB control store', async (onEnd) => {
    const table = await makeControlTable(moto(), onEnd);
    return { control: createDynamoControlStore(table), outbox: createStreamOutbox(moto(), table.tableName, onEnd) };
  });
});
