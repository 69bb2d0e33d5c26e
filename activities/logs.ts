// Asks the sign-in and audit logs whether a report that names no success is
// borne out: somebody got in, or something on the account was changed.
import { type CaseId, objectId } from '../domain/ids.ts';
import type { BlindSpot } from '../domain/step.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { type DirectoryReader, distinct } from './graph/directory.ts';
import { asDrafts, attached, type Note, WORKER } from './notes.ts';
import { seeing } from './survey.ts';

export interface LogsRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly round: number;
  /** Start of the window, ms since 1970. */
  readonly sinceMs: number;
  readonly notes: readonly Note[];
  readonly lastTry: boolean;
}

export interface LogsResult {
  readonly supports: boolean;
  readonly readable: boolean;
  readonly blindSpots: readonly BlindSpot[];
}

/** "Denied or not answered" in the sign-in log, as Microsoft documents it for multifactor prompts. */
const PROMPT_REFUSED = 500121;

export async function readLogs(tools: { readonly ledger: Ledger; readonly reader: DirectoryReader }, run: LogsRun): Promise<LogsResult> {
  const subject = objectId(run.subject);
  const since = new Date(run.sinceMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const [signIns, acts] = await Promise.all([
    seeing('sign-in log', run.lastTry, tools.reader.signInsSince(subject, since)),
    seeing('audit log', run.lastTry, tools.reader.actsSince(subject, since)),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const rows = signIns.value ?? [];
  const denials = rows.filter((row) => row.errorCode === PROMPT_REFUSED);
  const firstDenial = Math.min(...denials.map((row) => Date.parse(row.at)));
  // A success counts when a refused prompt came before it: that is how somebody gets in who should not.
  const successes = rows.filter((row) => row.succeeded && Date.parse(row.at) >= firstDenial);
  const supports = successes.length > 0 || (denials.length > 0 && (acts.value ?? []).length > 0);
  const blindSpots = distinct([...signIns.blindSpots, ...acts.blindSpots]);
  await tools.ledger.append([
    {
      chain: run.caseId,
      key: `logs/${run.round}`,
      actor: WORKER,
      event: {
        kind: 'logs.read',
        schemaVersion: 1,
        supports,
        successes: successes.length,
        denials: denials.length,
        blindSpots,
      },
      attachments: attached([...signIns.answers, ...acts.answers]),
    },
  ]);
  return { supports, readable: signIns.value !== null, blindSpots };
}
