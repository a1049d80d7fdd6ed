declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Buffer): Buffer;
    /** Throws when the content is longer than `maximumBytes`. */
    uncompress(bytes: Buffer, maximumBytes?: number): Buffer;
  };
  export default snappy;
}
