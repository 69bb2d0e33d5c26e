// The personnel file: which Slack account is which person, confirmed by the
// operator. The ledger stores the number of lines and their digest.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openRepositories } from '../activities/people/repositories.ts';
import { loadSettings } from '../config/load.ts';
import { tenantChain, tenantId } from '../domain/ids.ts';
import { loadMasterKey } from '../inbox/keys.ts';
import { openLedger } from '../ledger/ledger.ts';
import { CommandProblem } from './command-problem.ts';
import { readPeople } from './people-file.ts';

/** @throws CommandProblem when the file cannot be read or a line of it is wrong; then nothing is imported */
export async function peopleImport(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings(['DATABASE_URL', 'UNAPPROVE_TENANT_ID', 'UNAPPROVE_KEYS'], env);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CommandProblem(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}). Give the path of the personnel file.`,
    );
  });
  const people = readPeople(file, bytes);
  const tenant = tenantId(settings.UNAPPROVE_TENANT_ID);
  const tables = openRepositories(settings.DATABASE_URL);
  const ledger = openLedger({ databaseUrl: settings.DATABASE_URL, masterKey: await loadMasterKey(settings.UNAPPROVE_KEYS) });
  try {
    await tables.people.confirm(people, 'import');
    const digest = createHash('sha256').update(bytes).digest('hex');
    await ledger.append([
      {
        chain: tenantChain(tenant),
        key: `people/${digest}`,
        actor: 'operator',
        event: { kind: 'people.imported', schemaVersion: 1, people: people.length, digest },
      },
    ]);
  } finally {
    await Promise.all([tables.close(), ledger.close()]);
  }
  process.stdout.write(`${people.length} ${people.length === 1 ? 'person is' : 'people are'} confirmed.\n`);
}
