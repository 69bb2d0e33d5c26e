// Updates the database to this version, as its owner, and gives each process its
// own role and password.
import { loadSettings, type SettingProblem, SettingsError } from '../config/load.ts';
import { grantLogin } from '../ledger/database-roles.ts';
import { readAddress } from '../prisma/address.ts';
import { LONGEST_DATABASE_NAME, ROLE_PARTS, roleOf } from '../prisma/roles.ts';
import { applyMigrations } from '../tools/migrate.ts';

const SETTING_OF = { worker: 'DATABASE_URL', slack: 'SLACK_DATABASE_URL' } as const;

export async function migrate(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings(['DATABASE_ADMIN_URL', 'DATABASE_URL', 'SLACK_DATABASE_URL'], env);
  const url = settings.DATABASE_ADMIN_URL;
  const database = readAddress(url)?.database ?? '';
  const logins = ROLE_PARTS.map((part) => {
    const name = SETTING_OF[part];
    return { part, name, role: roleOf(database, part), address: readAddress(settings[name]) };
  });
  const problems: SettingProblem[] = logins
    .filter(({ role, address }) => address?.user !== role || address.password === '')
    .map(({ name, role }) => ({ name, says: `is wrong: expected the role ${role} with a password of your choice` }));
  if (Buffer.byteLength(database) > LONGEST_DATABASE_NAME) {
    const says = `is wrong: expected a database whose name has at most ${LONGEST_DATABASE_NAME} bytes, because the names of its roles begin with it`;
    problems.unshift({ name: 'DATABASE_ADMIN_URL', says });
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const { applied } = await applyMigrations(url);
  for (const { part, address } of logins) await grantLogin(url, address?.password ?? '', part);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}.\n`);
}
