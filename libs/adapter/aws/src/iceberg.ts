export { createS3IcebergFileIO, type S3FileIOOptions } from './s3-iceberg-file-io.ts';
