import type { Command } from 'commander';
import { connectionUrl } from '@data-master/operational-database';
import { lastConnection } from '../sources/lake-postgres.ts';
import { onExistingLake } from './context.ts';

export function registerSource(program: Command): void {
  const source = program.command('source').description('databases and logs that changes are taken from');

  source.command('url')
    .description('the URL of the PostgreSQL of this lake with its password: psql "$(dm source url)"')
    .action(onExistingLake(async (context) => {
      const url = connectionUrl(await lastConnection(context.lake), { withPassword: true });
      context.printJson({ url });
      if (!context.json) process.stdout.write(`${url}\n`);
    }));
}
