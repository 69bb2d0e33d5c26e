// The writing door: the only code that changes an account. Every write takes an
// Intent, which only the ledger can make, and asks the baseline once more
// whether this account may be closed by a machine at all.
import { type Baseline, protectedBecause } from '../../domain/account.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { RawAnswer, Reading, Receipt } from '../../domain/step.ts';
import { type Intent, requireIntent } from '../../ledger/intent.ts';
import { CALLS } from './calls.ts';
import type { GraphDoor } from './client.ts';
import { DONE, DOOR_STATE } from './shapes.ts';

/** What the two containing steps look at. */
export interface DoorState {
  readonly enabled: boolean;
  /** Tokens from before this time are refused; whole seconds, Microsoft's clock. Null when it was never set. */
  readonly sessionsCutAt: string | null;
  /** Microsoft's clock when it answered. */
  readonly readAt: string;
}

export interface AccountActor {
  doorState(subject: ObjectId): Promise<Reading<DoorState>>;
  blockSignIn(intent: Intent): Promise<Receipt>;
  revokeSessions(intent: Intent): Promise<Receipt>;
}

export function accountActor(graph: GraphDoor, baseline: () => Promise<Baseline>): AccountActor {
  const admit = async (value: Intent): Promise<{ intent: Intent; subject: ObjectId }> => {
    const intent = requireIntent(value);
    const subject = objectId(intent.change.target.id);
    const because = protectedBecause(subject, await baseline());
    if (because !== null)
      throw new RunbookError('PROTECTED_ACCOUNT', `expected an account that a machine may close, got one that is ${because}`);
    return { intent, subject };
  };
  const receipt = (raw: RawAnswer): Receipt => ({ changed: true, requestId: raw.requestId });

  return {
    async doorState(subject) {
      const { body, raw } = await graph.send(CALLS.readAccount, { id: subject }, DOOR_STATE);
      return {
        value: { enabled: body.accountEnabled, sessionsCutAt: body.signInSessionsValidFromDateTime ?? null, readAt: raw.date },
        answers: [raw],
      };
    },
    async blockSignIn(value) {
      const { intent, subject } = await admit(value);
      const { raw } = await graph.send(CALLS.blockSignIn, { id: subject, body: { accountEnabled: false }, intentId: intent.id }, DONE);
      return receipt(raw);
    },
    async revokeSessions(value) {
      const { intent, subject } = await admit(value);
      const { raw } = await graph.send(CALLS.revokeSessions, { id: subject, intentId: intent.id }, DONE);
      return receipt(raw);
    },
  };
}
