export { createS3LocalFiles, type S3LocalFilesOptions } from './s3-local-files.ts';
export { createS3ObjectStore, type S3StoreOptions } from './s3-object-store.ts';
