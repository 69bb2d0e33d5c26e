/**
 * Signing in with a password and an answer on a phone: the part of the service
 * that push bombing abuses. A prompt waits on the owner's phone until it is
 * answered or no one did; every outcome is a row in the sign-in log. A security
 * key or a paired computer opens the account without a password and without a
 * prompt, to the person who holds it.
 */

import type { Holder, Method } from './directory-items.ts';
import type { Logs, ProofStep } from './logs.ts';
import { canBePrompted, isSecondFactor, replacesPassword } from './method-shapes.ts';
import { PRIMARY } from './replicas.ts';
import type { SeededRandom, Stream } from './seeded-random.ts';
import type { AccessToken, From, Session, Sessions, SignInError } from './sessions.ts';
import type { PersonCells, State } from './state.ts';

/** What the log calls a key that opens the account by itself; a passkey unless said otherwise. */
const KEY_METHOD: Readonly<Record<string, string>> = {
  hello: 'Windows Hello for Business',
  platformCredential: 'Platform Credential for macOS',
};

const PROMPT_MS = 60_000;
/** A hand needs real time to answer, however fast the rest is played. */
const PROMPT_LEAST_MS = 5000;

/** Where a browser is left before the sign-in is over: no session, and a row in the log that says where it stopped. */
export type StopsAt = 'second-factor' | 'keep-me-signed-in';

export type PromptAnswer = 'approve' | 'deny' | 'ignore' | 'report';

export type Outcome =
  | { readonly kind: 'signed-in'; readonly session: Session; readonly token: AccessToken }
  | { readonly kind: 'refused'; readonly code: SignInError; readonly said: string };

/** What the owner's phone shows. */
export interface Prompt {
  readonly id: string;
  readonly app: string;
  readonly city: string;
  readonly country: string;
  /** On which of the owner's methods. */
  readonly method: string;
  readonly since: string;
}

export interface Attempt {
  readonly id: string;
  outcome(): Outcome | null;
  /** Resolves when there is an outcome. */
  readonly decided: Promise<void>;
}

export interface SignIns {
  /** Without a password a person comes with a key of their own. */
  begin(upn: string, password: string | undefined, from: From, holder: Holder, at: number, stopsAt?: StopsAt): Attempt;
  attempt(id: string): Attempt | undefined;
  prompts(personId: string): readonly Prompt[];
  /** @returns whose phone it was on; null when no such prompt waits (any more) */
  answer(promptId: string, answer: PromptAnswer, at: number): string | null;
  /** Resolves when a new prompt appears for that person, or after `ms`. */
  nextPrompt(personId: string, ms: number): Promise<void>;
  /** Notes a refresh, let in or not, in the sign-in log. */
  refreshed(personId: string, from: From, code: SignInError | 0, session: string, uti: string, at: number): void;
  stop(): void;
}

interface Waiting {
  readonly prompt: Prompt;
  readonly person: PersonCells;
  readonly timer: NodeJS.Timeout;
  decide(answer: PromptAnswer, at: number): void;
}

const DENIED: Readonly<Record<Exclude<PromptAnswer, 'approve'>, string>> = {
  deny: 'MFA denied; user declined the authentication',
  ignore: 'MFA denied; user did not respond to mobile app notification',
  report: 'MFA denied; Phone App Reported Fraud',
};

export function createSignIns(
  state: State,
  sessions: Sessions,
  logs: Logs,
  chance: SeededRandom,
  scale: number,
  now: () => number,
): SignIns {
  const ids = chance('sign-in ids');
  const attempts = new Map<string, Attempt>();
  const waiting = new Map<string, Waiting>();
  const watchers = new Set<(personId: string) => void>();

  function begin(upn: string, password: string | undefined, from: From, holder: Holder, at: number, stopsAt?: StopsAt): Attempt {
    const { attempt, settle } = openAttempt(ids.guid());
    attempts.set(attempt.id, attempt);
    const person = state.personByUpn(upn);
    if (person === null) {
      settle({ kind: 'refused', code: 50_126, said: 'Error validating credentials due to invalid username or password.' });
      return attempt;
    }
    const trail = openTrail(person, from, ids);
    const account = person.account.read(PRIMARY);
    const refuse = (code: SignInError, details: string, when: number): void => {
      logs.signIn(trail.row(code, details, null, ids.text(16), when));
      sessions.met(person.seed.id, holder, 'refused', when);
      settle({ kind: 'refused', code, said: details });
    };
    const letIn = (details: string, when: number): void => {
      if (stopsAt === 'keep-me-signed-in') return refuse(50_140, '', when);
      const { session, token } = sessions.start({ personId: person.seed.id, holder, from, byPassword: password !== undefined }, when);
      logs.signIn(trail.row(0, details, session.id, token.uti, when));
      settle({ kind: 'signed-in', session, token });
    };

    if (password === undefined) {
      const key = person.methods.read(PRIMARY).find((method) => method.holder === holder && replacesPassword(method));
      if (key === undefined) refuse(50_074, 'The user did not pass strong authentication.', at);
      else {
        trail.key(at, key);
        if (account.enabled) letIn('MFA completed in Azure AD', at);
        else refuse(50_057, 'The user account is disabled.', at);
      }
      return attempt;
    }
    if (password !== account.password) {
      trail.password(at, false);
      refuse(50_126, 'Error validating credentials due to invalid username or password.', at);
      return attempt;
    }
    trail.password(at, true);
    if (!account.enabled) {
      refuse(50_057, 'The user account is disabled.', at);
      return attempt;
    }
    if (stopsAt === 'second-factor') {
      refuse(50_074, 'The user did not pass strong authentication.', at);
      return attempt;
    }
    const factors = person.methods.read(PRIMARY).filter((method) => isSecondFactor(method, at));
    const own = factors.find((method) => method.holder === holder);
    const phone = defaultFirst(factors).find((method) => method.holder === 'owner' && canBePrompted(method));
    if (own !== undefined) {
      trail.second(at, own, true, 'MFA successfully completed');
      letIn('MFA completed in Azure AD', at);
    } else if (factors.length === 0) refuse(50_072, 'The user must enroll in multi-factor authentication.', at);
    else if (phone === undefined) refuse(50_074, 'The user did not pass strong authentication.', at);
    else {
      ask(person, phone, from, at, (answer, when) => {
        if (answer !== 'approve') {
          trail.second(when, phone, false, DENIED[answer]);
          refuse(500_121, DENIED[answer], when);
        } else if (!person.account.read(PRIMARY).enabled) {
          trail.second(when, phone, true, 'MFA successfully completed');
          refuse(50_057, 'The user account is disabled.', when);
        } else {
          trail.second(when, phone, true, 'MFA successfully completed');
          letIn('MFA completed in Azure AD', when);
        }
      });
    }
    return attempt;
  }

  function ask(person: PersonCells, method: Method, from: From, at: number, decide: (answer: PromptAnswer, at: number) => void): void {
    const id = ids.guid();
    const end = (answer: PromptAnswer, when: number): void => {
      clearTimeout(timer);
      waiting.delete(id);
      decide(answer, when);
    };
    const timer = setTimeout(() => end('ignore', now()), Math.max(PROMPT_LEAST_MS, PROMPT_MS / scale));
    const prompt = {
      id,
      app: from.app,
      city: from.city,
      country: from.country,
      method: method.id,
      since: new Date(at).toISOString(),
    };
    waiting.set(id, { prompt, person, timer, decide: end });
    for (const watcher of Array.from(watchers)) watcher(person.seed.id);
  }

  const promptsOf = (personId: string): Prompt[] =>
    [...waiting.values()].filter(({ person }) => person.seed.id === personId).map(({ prompt }) => prompt);

  return {
    begin,
    attempt: (id) => attempts.get(id),
    prompts: promptsOf,
    answer(promptId, answer, at) {
      const one = waiting.get(promptId);
      one?.decide(answer, at);
      return one?.person.seed.id ?? null;
    },
    nextPrompt(personId, ms) {
      if (promptsOf(personId).length > 0) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          watchers.delete(watcher);
          resolve();
        };
        const watcher = (who: string): void => {
          if (who === personId) end();
        };
        const timer = setTimeout(end, ms);
        watchers.add(watcher);
      });
    },
    refreshed(personId, from, code, session, uti, at) {
      const person = state.people.get(personId);
      if (person === undefined) return;
      logs.signIn({
        at,
        person: person.seed,
        from,
        interactive: false,
        code,
        additionalDetails: code === 0 ? 'MFA requirement satisfied by claim in the token' : '',
        steps: [],
        correlationId: ids.guid(),
        sessionId: session,
        uti,
      });
    },
    stop() {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}

function openAttempt(id: string): { attempt: Attempt; settle(outcome: Outcome): void } {
  let outcome: Outcome | null = null;
  let decide = (): void => undefined;
  const decided = new Promise<void>((resolve) => {
    decide = resolve;
  });
  return {
    attempt: { id, outcome: () => outcome, decided },
    settle(made) {
      outcome = made;
      decide();
    },
  };
}

const defaultFirst = (methods: readonly Method[]): readonly Method[] =>
  [...methods].sort((a, b) => Number(b.seed.default === true) - Number(a.seed.default === true));

/** Collects how a person proved themselves, step by step, for the log. */
function openTrail(person: PersonCells, from: From, ids: Stream) {
  const steps: ProofStep[] = [];
  const correlationId = ids.guid();
  let numberMatch: 'numberMatchCorrectNumberEntered' | 'numberMatchDeny' | undefined;
  return {
    password(at: number, succeeded: boolean): void {
      steps.push({
        at,
        method: 'Password',
        detail: 'Password in the cloud',
        succeeded,
        result: succeeded ? 'Correct password' : 'Incorrect password',
        requirement: 'Primary authentication',
      });
    },
    key(at: number, { seed }: Method): void {
      steps.push({
        at,
        method: KEY_METHOD[seed.kind] ?? 'Passkey (device-bound)',
        detail: 'displayName' in seed ? seed.displayName : '',
        succeeded: true,
        result: 'MFA successfully completed',
        requirement: 'Primary authentication',
      });
    },
    second(at: number, method: Method, succeeded: boolean, result: string): void {
      const { seed } = method;
      if (seed.kind === 'authenticator') numberMatch = succeeded ? 'numberMatchCorrectNumberEntered' : 'numberMatchDeny';
      steps.push({
        at,
        method: seed.kind === 'authenticator' ? 'Mobile app notification' : seed.kind === 'phone' ? 'Phone call' : seed.kind,
        detail: 'displayName' in seed ? seed.displayName : seed.kind === 'phone' ? `+XX XXXXXXX${seed.phoneNumber.slice(-2)}` : '',
        succeeded,
        result,
        requirement: 'Multifactor authentication',
      });
    },
    row(code: SignInError | 0, additionalDetails: string, sessionId: string | null, uti: string, at: number) {
      return {
        at,
        person: person.seed,
        from,
        interactive: true,
        code,
        additionalDetails,
        steps: [...steps],
        correlationId,
        sessionId,
        uti,
        ...(numberMatch === undefined ? {} : { numberMatch }),
      };
    },
  };
}
