/**
 * What really is, beside what Graph shows of it: who can still get in, what the
 * attacker left behind, what became of the owner's items. Only the score and
 * tests read it; nothing here is ever answered to a caller.
 */

import type { Holder } from './directory-items.ts';
import type { Effect, JournalActor } from './journal.ts';
import { PRIMARY } from './replicas.ts';
import type { SessionAccess, Sessions } from './sessions.ts';
import type { State } from './state.ts';

export type ThingKind = 'method' | 'device' | 'inbox-rule' | 'consent';

/** One change, with milliseconds and with the one who made it. */
export interface TrueChange extends Effect {
  readonly at: string;
  readonly actor: JournalActor;
  readonly requestId: string;
}

export interface Foothold {
  readonly id: string;
  readonly kind: ThingKind;
  /** Key. */
  readonly person: string;
  readonly plantedAt: string;
  readonly present: boolean;
}

export interface OwnersThing {
  readonly id: string;
  readonly kind: ThingKind;
  readonly person: string;
  /** There, and as it was. */
  readonly present: boolean;
  readonly changedBy?: { readonly actor: JournalActor; readonly requestId: string; readonly at: string };
}

export interface AccountTruth {
  readonly enabled: boolean;
  /** ISO, milliseconds. */
  readonly signInSessionsValidFrom: string;
  readonly passwordChangedAt: string;
}

export interface Truth {
  /** Every session of the account, those that are over included. */
  access(personKey: string): readonly SessionAccess[];
  /** ISO: the last time this holder was answered with data or was given a token. */
  lastAccess(personKey: string, holder: Holder): string | undefined;
  /** ISO: the first refusal after the last success. */
  refusedSince(personKey: string, holder: Holder): string | undefined;
  footholds(): readonly Foothold[];
  ownersThings(): readonly OwnersThing[];
  account(personKey: string): AccountTruth;
  /** Everything an undo must put back, to be compared with what it was. */
  state(): unknown;
  /** Changes of the account itself and of what belongs to it, oldest first. */
  accountHistory(personKey: string): readonly TrueChange[];
}

interface Thing {
  readonly key: string;
  readonly id: string;
  readonly kind: ThingKind;
  readonly person: string;
  readonly holder: Holder;
  readonly plantedAt: number | null;
  readonly target: string;
  readonly as: string;
}

export interface TruthBook extends Truth {
  happened(effects: readonly Effect[], actor: JournalActor, requestId: string, at: number): void;
}

/** Phone and e-mail ids are fixed: when it was planted tells a new number from the one that stood there before. */
const keyOf = (target: string, plantedAt: number | null): string => `${target} ${plantedAt ?? 'from the start'}`;

export const thingTarget = (personId: string, kind: ThingKind, id: string): string => `${personId}/${kind}/${id}`;

export function createTruth(state: State, sessions: Sessions, now: () => number): TruthBook {
  const history: TrueChange[] = [];
  const known = new Map<string, Thing>();
  const idOf = (key: string): string => {
    const person = state.person(key);
    if (person === null) throw new Error(`the practice company has nobody called "${key}"`);
    return person.seed.id;
  };
  const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

  function things(): Map<string, Thing> {
    const present = new Map<string, Thing>();
    for (const { seed, methods, devices, rules, grants } of state.people.values()) {
      const lists = [
        ['method', methods.read(PRIMARY)],
        ['device', devices.read(PRIMARY)],
        ['inbox-rule', rules.read(PRIMARY)],
        ['consent', grants.read(PRIMARY)],
      ] as const;
      for (const [kind, list] of lists) {
        for (const item of list) {
          const target = thingTarget(seed.id, kind, item.id);
          const key = keyOf(target, item.plantedAt);
          present.set(key, {
            key,
            id: item.id,
            kind,
            person: seed.key,
            holder: item.holder,
            plantedAt: item.plantedAt,
            target,
            as: JSON.stringify(item),
          });
        }
      }
    }
    return present;
  }

  function look(): Map<string, Thing> {
    const present = things();
    for (const [key, thing] of present) if (!known.has(key)) known.set(key, thing);
    return present;
  }
  look();

  /** The last change of what was there before it, another item that came under the same id left aside. */
  function lastChangeOf({ key, target, plantedAt }: Thing): TrueChange | undefined {
    const from = plantedAt ?? 0;
    const others = [...known.values()].filter((other) => other.target === target && other.key !== key);
    const until = Math.min(...others.map((other) => other.plantedAt ?? 0).filter((at) => at >= from));
    return history.findLast((change) => {
      const at = Date.parse(change.at);
      return change.target === target && change.from !== null && at > from && at <= until;
    });
  }

  return {
    happened(effects, actor, requestId, at) {
      for (const effect of effects) history.push({ ...effect, at: new Date(at).toISOString(), actor, requestId });
      look();
    },
    access: (key) => sessions.access(idOf(key), now()),
    lastAccess: (key, holder) => iso(sessions.contact(idOf(key), holder).lastAccess),
    refusedSince: (key, holder) => iso(sessions.contact(idOf(key), holder).refusedSince),
    footholds() {
      const present = look();
      return [...known.values()]
        .filter((thing) => thing.holder === 'attacker')
        .map(({ key, id, kind, person, plantedAt }) => ({
          id,
          kind,
          person,
          plantedAt: new Date(plantedAt ?? 0).toISOString(),
          present: present.has(key),
        }));
    },
    ownersThings() {
      const present = look();
      return [...known.values()]
        .filter((thing) => thing.holder === 'owner')
        .map((thing) => {
          const { key, id, kind, person, as } = thing;
          const change = lastChangeOf(thing);
          return {
            id,
            kind,
            person,
            present: present.get(key)?.as === as,
            ...(change === undefined ? {} : { changedBy: { actor: change.actor, requestId: change.requestId, at: change.at } }),
          };
        });
    },
    account(key) {
      const account = state.people.get(idOf(key))?.account.read(PRIMARY);
      if (account === undefined) throw new Error(`the practice company has nobody called "${key}"`);
      return {
        enabled: account.enabled,
        signInSessionsValidFrom: new Date(account.sessionsValidFrom).toISOString(),
        passwordChangedAt: new Date(account.passwordChangedAt).toISOString(),
      };
    },
    state: () => state.snapshot(),
    accountHistory(key) {
      const id = idOf(key);
      return history.filter((change) => change.target === id || change.target.startsWith(`${id}/`));
    },
  };
}
