// The personnel file: which Slack account is which person, confirmed by the
// operator. It is on the record how many lines came in and what they hash to.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { openTables, PERSON } from '../activities/people/tables.ts';
import { loadSettings } from '../config/load.ts';
import { tenantChain, tenantId } from '../domain/ids.ts';
import { loadMasterKey } from '../inbox/keys.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import { CommandProblem } from './command-problem.ts';

/** More would scroll away the first. */
const MOST_PROBLEMS = 20;

const FILE = z.array(PERSON).min(1).max(200_000);

/** @throws CommandProblem when the file cannot be read or a line of it is wrong; then nothing is imported */
export async function peopleImport(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings(['DATABASE_URL', 'UNAPPROVE_TENANT_ID', 'UNAPPROVE_KEYS'], env);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandProblem(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}). Give the path of the personnel file.`,
    );
  });
  const people = parse(file, text);
  const tenant = tenantId(settings.UNAPPROVE_TENANT_ID);
  const tables = openTables(settings.DATABASE_URL);
  const ledger = openLedger({ databaseUrl: settings.DATABASE_URL, masterKey: await loadMasterKey(settings.UNAPPROVE_KEYS) });
  try {
    await tables.people.confirm(people, 'import');
    const digest = createHash('sha256').update(text).digest('hex');
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

function parse(file: string, text: string): z.infer<typeof FILE> {
  const parsed = FILE.safeParse(asJson(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message }) => `  ${path.join('.') || 'the whole file'}: ${message}`);
  throw new CommandProblem([`Nothing was imported. Mend these lines of ${file}, and import it again:`, ...problems].join('\n'));
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
