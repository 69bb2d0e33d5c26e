// The number people call a case by, and who it is about. Written once: a second
// opening gets what the first one wrote.
import type { Pool } from 'pg';
import { RunbookError } from '../domain/errors.ts';
import { type CaseId, caseId, type ObjectId, objectId } from '../domain/ids.ts';
import { ask } from './database.ts';

export interface Cases {
  readonly number: number;
  /** Database clock, ms since 1970. */
  readonly openedAt: number;
}

interface CaseFileDraft {
  readonly caseId: string;
  readonly tenant: string;
  readonly subject: string;
  readonly workflowId: string;
}

interface Row {
  readonly number: number;
  readonly opened_ms: string;
  readonly same: boolean;
}

/** @throws RunbookError LEDGER_REFUSED when the case was opened for another subject */
export async function openCases(pool: Pool, file: CaseFileDraft): Promise<Cases> {
  // Looking first: an insert that meets a conflict would use up a number.
  const row = (await find(pool, file)) ?? (await insert(pool, file)) ?? (await find(pool, file));
  if (row?.same !== true) {
    throw new RunbookError('LEDGER_REFUSED', `expected case ${file.caseId} to be about the same account as when it was opened, it is not`);
  }
  return { number: row.number, openedAt: Number(row.opened_ms) };
}

const COLUMNS = '"number", (extract(epoch FROM opened_at) * 1000)::bigint AS opened_ms';

async function find(pool: Pool, { caseId, tenant, subject, workflowId }: CaseFileDraft): Promise<Row | undefined> {
  const rows = await ask<Row>(pool, {
    name: 'case-file',
    text: `SELECT ${COLUMNS}, (tenant, subject, workflow_id) = ($2, $3, $4) AS same FROM case_file WHERE case_id = $1`,
    values: [caseId, tenant, subject, workflowId],
  });
  return rows[0];
}

async function insert(pool: Pool, { caseId, tenant, subject, workflowId }: CaseFileDraft): Promise<Row | undefined> {
  const rows = await ask<Row>(pool, {
    name: 'case-file-open',
    text: `INSERT INTO case_file (case_id, tenant, subject, workflow_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (case_id) DO NOTHING RETURNING ${COLUMNS}, true AS same`,
    values: [caseId, tenant, subject, workflowId],
  });
  return rows[0];
}

export interface NumberedCase {
  readonly caseId: CaseId;
  readonly number: number;
}

/** The case that people call by this number. */
export async function findCase(pool: Pool, number: number): Promise<NumberedCase | undefined> {
  const rows = await ask<{ case_id: string }>(pool, { text: 'SELECT case_id FROM case_file WHERE "number" = $1', values: [number] });
  return rows.map((row) => ({ number, caseId: caseId(row.case_id) }))[0];
}

export interface CaseAbout {
  readonly subject: ObjectId;
}

/** Whose account a case is about. */
export async function aboutCase(pool: Pool, id: CaseId): Promise<CaseAbout | undefined> {
  const rows = await ask<{ subject: string }>(pool, {
    name: 'case-file-about',
    text: 'SELECT subject FROM case_file WHERE case_id = $1',
    values: [id],
  });
  return rows.map((row) => ({ subject: objectId(row.subject) }))[0];
}

/** Whose account a case closed, a person confirmed it, and no release followed: none that was watched to its end, and stands. */
export async function wasContained(pool: Pool, person: string): Promise<boolean> {
  const rows = await ask<{ was: boolean }>(pool, {
    name: 'case-file-contained',
    text: `SELECT EXISTS (
             SELECT FROM case_file AS file
              WHERE subject = $1
                AND EXISTS (SELECT FROM ledger_entry WHERE chain = file.case_id AND kind = 'containment.confirmed')
                AND NOT EXISTS (
                  SELECT FROM ledger_entry AS released
                   WHERE chain = file.case_id AND kind = 'monitoring.ended'
                     AND convert_from(content, 'UTF8')::json -> 'body' ->> 'outcome' = 'released'
                     AND NOT EXISTS (
                       SELECT FROM ledger_entry
                        WHERE chain = file.case_id AND seq > released.seq
                          AND kind IN ('containment.confirmed', 'account.blocked', 'monitoring.ended')
                     )
                )
           ) AS was`,
    values: [person],
  });
  return rows[0]?.was === true;
}
