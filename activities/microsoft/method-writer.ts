// The writing client for sign-in methods. A method is named by its account and
// its id. Ids of phones are the same for every account, so the path always
// names the account of the case.
import type { Baseline } from '../../domain/account.ts';
import { RunbookError } from '../../domain/errors.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { MethodKind, SeenMethod } from '../../domain/method.ts';
import type { Reading, Receipt } from '../../domain/step.ts';
import { type Intent, requireIntent } from '../../ledger/intent.ts';
import { misplaced, receiptOf, refuseProtected } from './account-writer.ts';
import type { GraphClient } from './client.ts';
import { gapsIn } from './directory-reader.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { seenMethod } from './methods.ts';
import { DONE, METHOD } from './schemas.ts';

export interface SeenMethods {
  readonly methods: readonly SeenMethod[];
  /** False: something is missing from the list, or has no id. What is not in it may be there all the same. */
  readonly complete: boolean;
  /** Microsoft's clock when it answered. */
  readonly readAt: string;
}

export interface MethodWriter {
  methods(subject: ObjectId): Promise<Reading<SeenMethods>>;
  /** @throws RunbookError GRAPH_DEFAULT_METHOD while it is the default one and others are left, TARGET_GONE when there is none under that id */
  removeMethod(subject: ObjectId, intent: Intent): Promise<Receipt>;
}

const REMOVALS: Partial<Readonly<Record<MethodKind, Endpoint>>> = {
  authenticator: ENDPOINTS.removeAuthenticator,
  phone: ENDPOINTS.removePhone,
  email: ENDPOINTS.removeEmail,
  'software-oath': ENDPOINTS.removeSoftwareOath,
  fido2: ENDPOINTS.removeFido2,
  hello: ENDPOINTS.removeHello,
  'platform-credential': ENDPOINTS.removePlatformCredential,
  external: ENDPOINTS.removeExternal,
  'temporary-access-pass': ENDPOINTS.removeAccessPass,
};

export function methodWriter(graph: GraphClient, baseline: () => Promise<Baseline>): MethodWriter {
  return {
    async methods(subject) {
      const list = await graph.list(ENDPOINTS.readMethods, { id: subject }, METHOD);
      const methods = list.items.map(seenMethod);
      const blindSpots = gapsIn('sign-in-methods', list);
      const complete = blindSpots.length === 0 && methods.every(({ id }) => id !== '');
      return { value: { methods, complete, readAt: list.answers[0]?.date ?? '' }, answers: list.answers, blindSpots };
    },
    async removeMethod(subject, value) {
      const intent = requireIntent(value);
      const { target } = intent.change;
      const call = target.kind === 'method' ? REMOVALS[target.method] : undefined;
      if (call === undefined || intent.step !== 'remove-methods') throw misplaced(intent);
      await refuseProtected(subject, baseline);
      try {
        const { raw } = await graph.send(call, { id: subject, methodId: target.id, intentId: intent.id }, DONE);
        return receiptOf(raw);
      } catch (error) {
        if (!(error instanceof RunbookError) || error.code !== 'GRAPH_NOT_FOUND') throw error;
        // Gone, or not there yet in the part of the directory that answered: a fresh reading tells.
        throw new RunbookError('TARGET_GONE', 'expected the method to be there, found none under its id', {
          cause: error,
          details: error.details,
        });
      }
    },
  };
}
