// Has this case taken ways to sign in from the account? Then it cannot be
// released any more: its owner would find it open, with a password that nobody
// knows and nothing to prove themselves with. They get a new start in person.
import type { StoredEntry } from '../../ledger/entry.ts';

/** Also what was removed and has not been seen gone yet. */
export const methodsRemoved = (entries: readonly StoredEntry[]): boolean =>
  entries.some(
    ({ content: { kind, body } }) =>
      body['step'] === 'remove-methods' && (kind === 'step.verified' || (kind === 'step.applied' && body['changed'] !== false)),
  );
