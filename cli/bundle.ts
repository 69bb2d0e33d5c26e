import { loadSettings } from '../config/load.ts';
import { tenantChain, tenantId } from '../domain/ids.ts';
import { loadMasterKey } from '../inbox/keys.ts';
import { writeBundle } from '../ledger/bundle.ts';
import { openLedger } from '../ledger/ledger.ts';
import { CommandProblem } from './command-problem.ts';

/** Writes the bundle of a case as it stands, and prints its path. The export is itself an entry in the ledger. */
export async function bundle(number: string, options: { readonly out: string }, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = loadSettings(['DATABASE_URL', 'UNAPPROVE_TENANT_ID', 'UNAPPROVE_KEYS'], env);
  const ledger = openLedger({ databaseUrl: settings.DATABASE_URL, masterKey: await loadMasterKey(settings.UNAPPROVE_KEYS) });
  try {
    const file = /^\d{1,9}$/.test(number) ? await ledger.caseByNumber(Number(number)) : undefined;
    if (file === undefined) throw new CommandProblem(`Case ${number} is not in the ledger. Give the number from the title of its card.`);
    const path = await writeBundle(ledger, file.caseId, options.out);
    const last = (await ledger.entries(file.caseId)).at(-1);
    await ledger.append([
      {
        chain: tenantChain(tenantId(settings.UNAPPROVE_TENANT_ID)),
        key: `exported/${file.caseId}/${last?.hash ?? ''}/${new Date().toISOString()}`,
        actor: 'operator',
        event: { kind: 'case.exported', schemaVersion: 1, number: file.number, head: last?.hash ?? '', entries: last?.seq ?? 0 },
      },
    ]);
    process.stdout.write(`${path}\n`);
  } finally {
    await ledger.close();
  }
}
