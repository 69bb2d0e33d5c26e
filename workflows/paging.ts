// Paging: a page for a person, and the next attempt when the pager refuses it.
import { condition } from '@temporalio/workflow';
import { requirementsFor } from '../domain/approval-requirements.ts';
import { type OwedPage, owedPages } from '../domain/case/state.ts';
import type { PageReason } from '../domain/page-words.ts';
import type { PlanKind } from '../domain/plan.ts';
import { failureCodeOf } from './activity-failures.ts';
import { type CaseContext, pagingActivities } from './case-context.ts';

/** @param line position in the on-call order, from 1 */
export async function pagePerson(context: CaseContext, reason: PageReason, line: number): Promise<void> {
  const page = context.store.state.pages + 1;
  context.store.change({ pages: page });
  await tryPage(context, { page, reason, line, since: Date.now(), tries: 0, againAt: Date.now() });
}

/** A page that the pager refused before. */
export const pageAgain = (context: CaseContext, owed: OwedPage): Promise<void> => tryPage(context, owed);

/** Retries refused pages while other work keeps the case from its loop. */
export async function pageWhile(context: CaseContext, isBusy: () => boolean): Promise<void> {
  while (isBusy()) {
    const [owed] = owedPages(context.store.state, Date.now());
    if (owed === undefined) return;
    if (await condition(() => !isBusy(), Math.max(1, owed.againAt - Date.now()))) return;
    await pageAgain(context, owed);
  }
}

/** A page that the pager refuses is retried later, and the case continues meanwhile. */
async function tryPage({ caseId, store }: CaseContext, owed: OwedPage): Promise<void> {
  const { page, reason, line } = owed;
  const others = (): OwedPage[] => store.state.owedPages.filter((each) => each.page !== page);
  try {
    await store.carry((notes) =>
      pagingActivities(store.state)['person.page']({ caseId, number: store.state.number, page, reason, line, notes }),
    );
    if (owed.tries > 0) store.change({ owedPages: others() });
  } catch (error) {
    const code = failureCodeOf(error);
    const { retryFirstMs, retryCapMs } = store.state.policy.durations;
    const againAt = Date.now() + Math.min(retryCapMs, retryFirstMs * 2 ** owed.tries);
    store.change({ owedPages: [...others(), { ...owed, tries: owed.tries + 1, againAt }] });
    if (owed.tries > 0) return;
    store.note(`page/${page}/failed`, {
      kind: 'person.paged',
      schemaVersion: 1,
      reason,
      failure: code,
      dedupKey: `${caseId}/${page}`,
      delivered: false,
      line,
    });
  }
}

/** An account is open and people must decide. Where Slack cannot take that decision, the page says so. */
export const pageForPlan = (context: CaseContext): Promise<void> =>
  pagePerson(context, { kind: isApprovable(context, 'containment') ? 'decide-block' : 'block-by-hand' }, 1);

/** Can a plan of this kind be approved in Slack, for this account? */
export function isApprovable({ store: { state } }: CaseContext, group: PlanKind): boolean {
  return requirementsFor(state.account.kind, group, state.policy.stricter)?.stepUp !== true;
}
