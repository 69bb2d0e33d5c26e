// The call to the person whose account it is: who has said that they will make
// it, and a page when nobody has said so in time.
import { condition } from '@temporalio/workflow';
import type { ObjectId } from '../domain/ids.ts';
import type { CaseContext } from './case-context.ts';
import { pagePerson } from './holds-and-paging.ts';

export function takeCall({ book }: CaseContext, by: ObjectId): void {
  book.change({ callTaken: true });
  book.note('call/taken', { kind: 'call.taken', schemaVersion: 1, by });
}

/** Runs beside everything else in each run of the case. A run that ends while it pages leaves the page to the next run. */
export async function watchCall(scene: CaseContext): Promise<void> {
  const { book } = scene;
  const { openedAt, policy } = book.state;
  const isSettled = (): boolean => book.state.callTaken || book.state.callPaged || book.state.ended;
  if (isSettled()) return;
  if (await condition(isSettled, Math.max(1, openedAt + policy.durations.callMs - Date.now()))) return;
  await pagePerson(scene, { kind: 'call-the-person' }, 1);
  book.change({ callPaged: true });
}
