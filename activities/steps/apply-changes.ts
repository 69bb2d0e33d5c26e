// The writes of a run, one target after another. A write that is
// refused because it must be last is repeated last. Answers are stored meanwhile,
// and before a failure is reported.
import { type FailureCode, RunbookError } from '../../domain/errors.ts';
import type { Receipt } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { Intent } from '../../ledger/intent.ts';
import { requireNotHeldNow } from './require-not-held.ts';
import type { StepContext } from './step-context.ts';
import { applied, dropped } from './step-events.ts';

/** The default method is refused until the others are gone; a second one may then be the default. */
const MOST_ROUNDS = 5;

export interface AppliedChange {
  readonly intent: Intent;
  /** `record`: done, and the answer never came back to be written down: most likely ours, but not certain. */
  readonly todo: 'apply' | 'record' | 'nothing';
  readonly attempt: 'first' | 'later';
}

export async function applyChanges<Seen>(
  context: StepContext<Seen>,
  entries: readonly StoredEntry[],
  moves: readonly AppliedChange[],
): Promise<{ readonly receipts: readonly Receipt[]; readonly gone: RunbookError | undefined; readonly left: readonly AppliedChange[] }> {
  const { tools, step, subject } = context;
  const receipts: Receipt[] = [];
  let gone: RunbookError | undefined;
  const writing: Promise<unknown>[] = [];
  const note = (intent: Intent, receipt: Receipt): void => {
    receipts.push(receipt);
    const stored = tools.ledger.append([applied(context, entries, { target: intent.change.target, receipt })]);
    // It is waited for below; until then its failure must not be reported elsewhere.
    stored.catch(() => undefined);
    writing.push(stored);
  };
  for (const { intent } of moves.filter(({ todo }) => todo === 'record')) note(intent, { changed: null, requestId: null });
  try {
    let left = moves.filter(({ todo }) => todo === 'apply');
    for (let round = 1; left.length > 0; round += 1) {
      const refused: { readonly move: AppliedChange; readonly error: RunbookError }[] = [];
      for (const move of left) {
        await requireNotHeldNow(context);
        try {
          const receipt = await step.apply(tools.doors, subject, move.intent);
          // The earlier attempt may have made the change all the same, where this reading came from lagging behind: then the receipt proves nothing.
          note(move.intent, move.attempt === 'first' ? receipt : { ...receipt, changed: null });
        } catch (error) {
          if (isCode(error, 'TARGET_GONE')) gone = error;
          else if (isCode(error, 'GRAPH_DEFAULT_METHOD')) refused.push({ move, error });
          else throw error;
        }
      }
      const [first] = refused;
      const isStuck = refused.length === left.length || round === MOST_ROUNDS;
      left = refused.map(({ move }) => move);
      if (first === undefined || !isStuck) continue;
      if (!(await othersStay(context, moves))) throw first.error;
      await tools.ledger.append(left.map(({ intent }) => dropped(context, intent.change.target, 'default-method-last')));
      return { receipts, gone, left };
    }
  } finally {
    // Changes made before a failure are stored before the failure is reported.
    await Promise.all(writing);
  }
  return { receipts, gone, left: [] };
}

/**
 * Is there something beside what this run removes? Then the default one cannot
 * go: it is left alone, and planned again together with what is beside it.
 * Otherwise what keeps it is only a list that lags, and Temporal retries.
 */
async function othersStay<Seen>(context: StepContext<Seen>, moves: readonly AppliedChange[]): Promise<boolean> {
  const { tools, step, subject, fingerprint } = context;
  if (step.keepsDefault === undefined) return false;
  const removed = new Set<unknown>(moves.map(({ intent }) => intent.change.from));
  const { value } = await step.inspect(tools.doors, subject);
  return step.keepsDefault(value, fingerprint).some((each) => !removed.has(each));
}

const isCode = (error: unknown, code: FailureCode): error is RunbookError => error instanceof RunbookError && error.code === code;
