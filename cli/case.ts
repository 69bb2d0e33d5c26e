// `unapprove case NUMBER`: a case with what is sealed in it, for a responder who
// cannot read it in Slack. The view is stored in the ledger before anything is
// shown. When it cannot be stored, nothing is shown.
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { openRepositories } from '../activities/people/repositories.ts';
import { loadSettings } from '../config/load.ts';
import { RunbookError } from '../domain/errors.ts';
import { type CaseId, tenantChain, tenantId } from '../domain/ids.ts';
import { KEY_FILES, KeyProblem, loadMasterKey } from '../inbox/keys.ts';
import { eventOf, type StoredEntry } from '../ledger/entry.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { caseAsJson, caseLines } from './case-page.ts';
import { type OpenedCase, openCaseTexts } from './case-texts.ts';
import { CommandProblem } from './command-problem.ts';

export interface CaseOptions {
  /** A name to record beside the account of the operating system, where several people share one. */
  readonly as?: string;
  /** One JSON object instead of lines. */
  readonly json?: boolean;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@'’-]{0,99}$/u;

/** @throws CommandProblem or KeyProblem with the next step; then nothing was printed */
export async function showCase(
  number: string,
  options: CaseOptions,
  env: NodeJS.ProcessEnv,
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<void> {
  if (options.as !== undefined && !NAME.test(options.as))
    throw new CommandProblem('Expected a name after --as, of letters, digits, spaces and . _ @ - only, at most 100. Give the name again.');
  const settings = loadSettings(['DATABASE_URL', 'UNAPPROVE_KEYS'], env);
  const ledger = openLedger({ databaseUrl: settings.DATABASE_URL, masterKey: await masterKey(settings.UNAPPROVE_KEYS) });
  const tables = openRepositories(settings.DATABASE_URL);
  try {
    const { caseId, entries, tenant } = await find(ledger, number);
    await recordView(ledger, { caseId, number: Number(number), as: options.as ?? null, entries, tenant });
    const opened = await openCaseTexts(ledger, tables.people, caseId, entries).catch((error: unknown) => {
      throw cannotOpen(error, settings.UNAPPROVE_KEYS);
    });
    for (const line of shown(opened, options)) print(line);
  } finally {
    await Promise.all([tables.close(), ledger.close()]);
  }
}

const shown = (opened: OpenedCase, { json }: CaseOptions): readonly string[] =>
  json === true ? [caseAsJson(opened)] : caseLines(opened, Date.now());

async function masterKey(folder: string): Promise<Uint8Array> {
  try {
    return await loadMasterKey(folder);
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    const isMissing = error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT';
    const found = isMissing ? `There is no ${KEY_FILES.master} in ${folder}.` : error.message;
    throw new KeyProblem(
      `The sealed parts of a case cannot be opened without the master key of this installation. ${found} A new key opens no older case: copy master.key from the worker, and name its folder in UNAPPROVE_KEYS.`,
      error,
    );
  }
}

interface Found {
  readonly caseId: CaseId;
  readonly entries: readonly StoredEntry[];
  readonly tenant: string;
}

async function find(ledger: Ledger, number: string): Promise<Found> {
  const unknown = new CommandProblem(
    `Case ${JSON.stringify(number.slice(0, 20))} is not in the ledger. Give the number from the title of its card.`,
  );
  if (!/^\d{1,9}$/.test(number)) throw unknown;
  try {
    const file = await ledger.caseByNumber(Number(number));
    const entries = file === undefined ? [] : await ledger.entries(file.caseId);
    const [first] = entries.map(eventOf);
    // A number is given a moment before the first entry is stored.
    if (file === undefined || first?.kind !== 'case.opened') throw unknown;
    return { caseId: file.caseId, entries, tenant: first.tenant };
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    throw new CommandProblem(
      `The ledger does not answer, so nothing is shown. Check that the database runs and that DATABASE_URL is right, and try again. (${error.message})`,
    );
  }
}

/** On the chain of the tenant: the chain of a closed case takes nothing more, and a view is no part of what happened in the case. */
async function recordView(
  ledger: Ledger,
  { caseId, number, as, tenant }: Found & { readonly number: number; readonly as: string | null },
): Promise<void> {
  const at = new Date().toISOString();
  try {
    await ledger.append([
      {
        chain: tenantChain(tenantId(tenant)),
        key: `viewed/${caseId}/${at}/${randomUUID()}`,
        at,
        actor: 'operator',
        event: { kind: 'case.viewed', schemaVersion: 1, case: caseId, number, by: osUser(), as },
      },
    ]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandProblem(
      `The view of case ${number} could not be stored in the ledger, so nothing is shown. Correct the cause and try again. (${reason})`,
    );
  }
}

/** Not from the environment, which any user can set. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function cannotOpen(error: unknown, folder: string): unknown {
  if (!(error instanceof RunbookError)) return error;
  return error.code === 'LEDGER_REFUSED'
    ? new CommandProblem(
        `The sealed parts of this case do not open with the master.key in ${folder}, so nothing is shown. Name the folder with the key of this installation in UNAPPROVE_KEYS.`,
      )
    : new CommandProblem(`The ledger stopped answering, so nothing is shown. Try again. (${error.message})`);
}
