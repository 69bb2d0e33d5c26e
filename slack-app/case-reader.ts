// The record as this process may see it: it reads entries and is told when a
// case has grown. It holds no key of the record, so what is sealed stays shut.
import { type CaseView, foldCase } from '../domain/case/view.ts';
import { type CaseId, caseId } from '../domain/ids.ts';
import { ask, openPool } from '../ledger/database.ts';
import { readEntries } from '../ledger/entries.ts';
import { viewEntry } from '../ledger/entry.ts';
import { listen } from '../ledger/listen.ts';

export interface CaseReader {
  /** Null while the case has not been opened. */
  caseView(id: CaseId): Promise<CaseView | null>;
  /** Cases that a restart looks at: every one that is not finished, and the newest others. */
  casesToShow(): Promise<readonly CaseId[]>;
  /** Names each case that has grown, also what grew while the connection was down. @throws when the database cannot be reached the first time */
  listen(onCase: (id: CaseId) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Cases that ended while nobody was projecting are among the newest: more than this never end in one outage. */
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
        // Refusals, baselines and the like are on the tenant's chain and no case.
        if (!chain.startsWith('tenant/')) onCase(caseId(chain));
      }),
    close: () => pool.end(),
  };
}
