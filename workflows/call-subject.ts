// The phone call to the subject: who takes it, and a page when no responder takes it in time.
import { condition } from '@temporalio/workflow';
import type { ObjectId } from '../domain/ids.ts';
import type { CaseContext } from './case-context.ts';
import { pagePerson } from './paging.ts';

export function takeCall({ store }: CaseContext, by: ObjectId): void {
  store.change({ callTaken: true });
  store.note('call/taken', { kind: 'call.taken', schemaVersion: 1, by });
}

/** Runs beside everything else in each run of the case. A run that ends while it pages leaves the page to the next run. */
export async function watchCall(context: CaseContext): Promise<void> {
  const { store } = context;
  const { openedAt, policy } = store.state;
  const isSettled = (): boolean => store.state.callTaken || store.state.callPaged || store.state.ended;
  if (isSettled()) return;
  if (await condition(isSettled, Math.max(1, openedAt + policy.durations.callMs - Date.now()))) return;
  await pagePerson(context, { kind: 'call-the-person' }, 1);
  store.change({ callPaged: true });
}
