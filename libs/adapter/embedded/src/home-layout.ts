import { join } from 'node:path';

/** The folders and files of an embedded lake, all within its home. */
export function homeLayout(home: string) {
  return {
    home,
    stage: join(home, 'dm-stage'),
    datalake: join(home, 'dm-datalake'),
    database: join(home, 'lake.db'),
    stream: join(home, 'stream.db'),
    logs: join(home, 'logs', 'lake.ndjson'),
    postgres: join(home, 'postgres'),
    sources: join(home, 'sources'),
    scratch: join(home, 'scratch'),
    sparkJobs: join(home, 'spark-jobs'),
  };
}
