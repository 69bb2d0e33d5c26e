// From a stored step.intended to the Intent that a client takes. The only place
// that can make one; it makes them of entries alone.
import { z } from 'zod';
import { RunbookError } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import { METHOD_KINDS } from '../domain/method.ts';
import { CHANGE_REASONS, STEP_NAMES, type Target, targetKey, UNDO_CODES } from '../domain/step.ts';
import { type StoredEntry, wrongFields } from './entry.ts';
import { type Intent, takeIntentMaker } from './intent.ts';

const makeIntent = takeIntentMaker();

const FACT = z.union([z.string(), z.boolean(), z.null()]);
const TARGET = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('account'), id: z.string() }),
  z.strictObject({ kind: z.literal('method'), id: z.string(), method: z.enum(METHOD_KINDS) }),
]);
export const CHANGE_FIELDS = {
  target: TARGET,
  from: FACT,
  to: FACT,
  why: z.enum(CHANGE_REASONS),
  undo: z.strictObject({ kind: z.enum(['can', 'cannot']), code: z.enum(UNDO_CODES) }),
};
const INTENDED = z.strictObject({
  step: z.enum(STEP_NAMES),
  attempt: z.int().nonnegative(),
  change: z.strictObject(CHANGE_FIELDS),
  by: z.string(),
  undoes: z.string().nullable(),
});

/** One intent for one target of one step in one attempt of a case. */
export const intentKey = ({
  attempt,
  step,
  target,
}: {
  readonly attempt: number;
  readonly step: string;
  readonly target: Target;
}): string => `${attempt}/${step}/${targetKey(target)}/intended`;

/** Who ordered a change, as its intent says it. */
export const orderedBy = (order: { readonly kind: 'policy' } | { readonly kind: 'plan'; readonly digest: string }): string =>
  order.kind === 'policy' ? 'policy' : `plan/${order.digest}`;

/** @throws RunbookError LEDGER_REFUSED when the entry under that key is no intent */
export function intentFrom(caseId: CaseId, entry: StoredEntry | undefined): Intent {
  if (entry?.chain !== caseId || entry.content.kind !== 'step.intended') {
    throw new RunbookError('LEDGER_REFUSED', `expected an entry step.intended of this case, got ${String(entry?.content.kind)}`);
  }
  const said = INTENDED.safeParse(entry.content.body);
  if (!said.success)
    throw new RunbookError('LEDGER_REFUSED', `expected an intent in entry ${entry.seq}, got one where ${wrongFields(said.error)}`);
  return makeIntent({ ...said.data, caseId, storedAt: entry.storedAt, hash: entry.hash });
}
