/**
 * A database for one test file: migrated, empty, not shared, and dropped when the file is done.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { createDatabase, dropDatabase } from '../../tools/postgres.ts';

/**
 * The superuser's address of a new database with all migrations applied.
 *
 * Call it in a `beforeAll` or at the top of a file; the database is dropped after the file's tests.
 */
export async function freshDatabase(): Promise<string> {
  const adminUrl = inject('databaseAdminUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(adminUrl, name, { template: inject('databaseTemplate') });
  afterAll(() => dropDatabase(adminUrl, name));
  return url;
}
