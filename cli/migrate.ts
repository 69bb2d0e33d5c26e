// Brings the database to this version, as its owner, and lets each process log
// in as the role that can do no more than its work.
import { loadSettings, SettingsError } from '../config/load.ts';
import { grantLogin, ROLES } from '../ledger/login.ts';
import { applyMigrations } from '../tools/migrate.ts';

export async function migrate(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings(['DATABASE_ADMIN_URL', 'DATABASE_URL', 'SLACK_DATABASE_URL'], env);
  const url = settings.DATABASE_ADMIN_URL;
  const logins = [
    { name: 'DATABASE_URL', role: ROLES.worker, url: new URL(settings.DATABASE_URL) },
    { name: 'SLACK_DATABASE_URL', role: ROLES.slack, url: new URL(settings.SLACK_DATABASE_URL) },
  ];
  const wrong = logins.filter((login) => login.url.username !== login.role || login.url.password === '');
  if (wrong.length > 0) {
    throw new SettingsError(
      wrong.map(({ name, role }) => ({ name, says: `is wrong: expected the role ${role} with a password of your choice` })),
    );
  }
  const { applied } = await applyMigrations(url);
  for (const login of logins) await grantLogin(url, decodeURIComponent(login.url.password), login.role);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}.\n`);
}
