// Reads ledger entries and is notified when a case has new ones. This process holds no key, so it cannot open sealed
// attachments.
import { type CaseView, foldCase } from '../domain/case/view.ts';
import { type CaseId, caseId } from '../domain/ids.ts';
import { ask, openPool } from '../ledger/database.ts';
import { readEntries } from '../ledger/entries.ts';
import { viewEntry } from '../ledger/entry.ts';
import { listen } from '../ledger/listen.ts';

export interface CaseReader {
  /** Null while the case has not been opened. */
  caseView(id: CaseId): Promise<CaseView | null>;
  /** Cases that a restart reads: every open case, and the newest closed ones. */
  casesToShow(): Promise<readonly CaseId[]>;
  /** Reports each case with new entries, also those from while the connection was down. @throws when the database cannot be reached the first time */
  listen(onCase: (id: CaseId) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Cases closed during an outage are among the newest: one outage never closes more than this. */
const NEWEST = 200;
const CONNECTIONS = 3;

export function openCaseReader(databaseUrl: string): CaseReader {
  const pool = openPool(databaseUrl, CONNECTIONS);
  return {
    caseView: async (id) => foldCase((await readEntries(pool, id, 1)).map(viewEntry)),
    async casesToShow() {
      const rows = await ask<{ case_id: string }>(pool, {
        name: 'cases-to-show',
        text: `(SELECT case_id, "number" FROM case_file ORDER BY "number" DESC LIMIT $1)
               UNION
               (SELECT case_id, "number" FROM case_file AS file WHERE NOT EXISTS (
                  SELECT FROM ledger_entry WHERE chain = file.case_id AND kind = 'case.closed'))
               ORDER BY "number" DESC`,
        values: [NEWEST],
      });
      return rows.map((row) => caseId(row.case_id));
    },
    listen: (onCase) =>
      listen(databaseUrl, (chain) => {
        // Refusals and baselines are on the tenant's chain, which is no case.
        if (!chain.startsWith('tenant/')) onCase(caseId(chain));
      }),
    close: () => pool.end(),
  };
}
