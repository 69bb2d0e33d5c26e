// What actors can do at the tenant, as a person would: with a password, a phone
// and a browser. Behind it stands the tenant's own people client, over HTTPS.
import type { AddedMethod, From, NamedMethod, RuleLine, StopsAt } from './scenarios/types.ts';

/** Whose session it is. Only the truth knows; the tenant answers both alike. */
export type Holder = 'owner' | 'attacker';

/** What came of one action. `saw` is what stood on the screen: a code, never a token. */
export type Seen<Value = undefined> =
  | { readonly kind: 'succeeded'; readonly saw: string; readonly value: Value }
  | { readonly kind: 'refused'; readonly saw: string }
  | { readonly kind: 'failed'; readonly saw: string };

/** A session a person holds; opaque to actors. */
export interface Session {
  readonly person: string;
  readonly holder: Holder;
}

/** A prompt that lights up on the owner's phone; the answer is theirs. */
export type AnswerPrompt = (person: string) => 'approve' | 'deny' | 'ignore';

export interface TenantUser {
  /** Password, then a prompt on the owner's phone, then tokens: resolves when it is over, one way or the other. Without a password a person comes with a key. */
  signIn(who: {
    readonly person: string;
    readonly password: string | undefined;
    readonly from: From;
    readonly holder: Holder;
    readonly stopsAt?: StopsAt;
  }): Promise<Seen<Session>>;
  refresh(session: Session): Promise<Seen>;
  readMail(session: Session): Promise<Seen>;
  addMethod(session: Session, method: AddedMethod): Promise<Seen>;
  removeMethod(session: Session, method: NamedMethod): Promise<Seen>;
  addInboxRule(session: Session, rule: RuleLine): Promise<Seen>;
  registerDevice(session: Session, device: { readonly name: string }): Promise<Seen>;
  consent(session: Session, consent: { readonly app: string; readonly scopes: readonly string[] }): Promise<Seen>;
  /** Who is in the approver group. Without `by` no one is known to have done it. */
  changeApprovers(change: { readonly member: string; readonly joins: boolean; readonly by?: string }): Promise<Seen>;
  /** What an administrator does to a person's account in the portal. */
  byHand(act: 'close' | 'open' | 'endSessions', who: { readonly person: string; readonly by: string }): Promise<Seen>;
  /** Likewise with one of their sign-in methods. */
  removeMethodManually(who: { readonly person: string; readonly by: string; readonly method: NamedMethod }): Promise<Seen>;
  close(): Promise<void>;
}
