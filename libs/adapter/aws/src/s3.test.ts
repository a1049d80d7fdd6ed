import { describeLocalFiles, describeObjectStore } from '@data-master/testing';
import { createS3LocalFiles, createS3ObjectStore } from './s3.ts';
import { describeWithMoto } from './testing/index.ts';
import { makeBucket, makeFolder } from './testing/parts.ts';

await describeWithMoto('on moto', (moto) => {
  describeObjectStore('the S3 object store', async (onEnd) => createS3ObjectStore(await makeBucket(moto(), onEnd)));

  describeLocalFiles('local files of an S3 store', async (onEnd) => {
    const scratch = await makeFolder(onEnd);
    const store = createS3ObjectStore(await makeBucket(moto(), onEnd));
    return { store, open: () => createS3LocalFiles({ store, scratch }) };
  });
});
