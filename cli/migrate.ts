// Brings the database to this version, as its owner. The application itself
// runs as a role that can add to the record and change nothing in it.
import { loadSettings, SettingsError } from '../config/load.ts';
import { APP_ROLE, grantLogin } from '../ledger/login.ts';
import { applyMigrations } from '../tools/migrate.ts';

export async function migrate(env: NodeJS.ProcessEnv): Promise<void> {
  const url = env['DATABASE_ADMIN_URL'];
  if (url === undefined || url === '') {
    throw new SettingsError([
      {
        name: 'DATABASE_ADMIN_URL',
        says: 'is not set. The owner of the database, for this command only. Example: DATABASE_ADMIN_URL=postgresql://postgres:…@127.0.0.1:5432/unapprove',
      },
    ]);
  }
  const app = new URL(loadSettings(['DATABASE_URL'], env).DATABASE_URL);
  if (app.username !== APP_ROLE || app.password === '') {
    throw new SettingsError([{ name: 'DATABASE_URL', says: `is wrong: expected the role ${APP_ROLE} with a password of your choice` }]);
  }
  const { applied } = await applyMigrations(url);
  await grantLogin(url, decodeURIComponent(app.password));
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}.\n`);
}
