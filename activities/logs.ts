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

/** How far back an account's own habits are looked for. */
const HABITS_MS = 6 * 24 * 60 * 60 * 1000;

/** "Denied or not answered" in the sign-in log, as Microsoft documents it for multifactor prompts. */
const PROMPT_REFUSED = 500121;

export async function readLogs(tools: { readonly ledger: Ledger; readonly reader: DirectoryReader }, run: LogsRun): Promise<LogsResult> {
  const subject = objectId(run.subject);
  const since = new Date(run.sinceMs - HABITS_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const [signIns, acts] = await Promise.all([
    seeing('sign-in log', run.lastTry, tools.reader.signInsSince(subject, since)),
    seeing('audit log', run.lastTry, tools.reader.actsSince(subject, since)),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const all = signIns.value ?? [];
  const rows = all.filter((row) => Date.parse(row.at) >= run.sinceMs);
  const usual = new Set(all.filter((row) => row.succeeded && Date.parse(row.at) < run.sinceMs).map((row) => row.address));
  const denials = rows.filter((row) => row.errorCode === PROMPT_REFUSED);
  const firstDenial = Math.min(...denials.map((row) => Date.parse(row.at)));
  // Two ways to get in who should not: after a refused prompt, or from where this account was never used before.
  const successes = rows.filter((row) => row.succeeded && (Date.parse(row.at) >= firstDenial || !usual.has(row.address)));
  const supports = successes.length > 0 || (denials.length > 0 && (acts.value ?? []).some((at) => Date.parse(at) >= run.sinceMs));
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
