// The clock and the cues of a scenario: what has happened so far, and what an
// action waits for. Actors act on facts of the tenant's journal and of what stands
// on the screen, not on guesses.
import { setMaxListeners } from 'node:events';
import type { Phase, Trigger } from '../scenarios/types.ts';
import type { Screen } from '../staff/screen.ts';

/** A call at the tenant, as cues see it: each call passes up to three phases. */
export interface CallPhase {
  readonly operation: string;
  readonly phase: Phase;
  /** Is it about this person? */
  concerns(person: string): boolean;
  /** Application id, when an application called. */
  readonly appId: string | undefined;
  /** Effects that this call has had. */
  readonly effects: readonly { readonly what: string; readonly to: unknown }[];
}

/** What one action may do with the time. */
export interface Turn {
  /** Waits for a fact of the screen; false when the scenario ended first. A wait keeps no one busy. */
  until(condition: () => boolean): Promise<boolean>;
}

interface Act {
  readonly endsByItself: boolean;
  readonly play: (turn: Turn) => Promise<void>;
}

export interface Timeline {
  /** Milliseconds of scenario time since the start. */
  now(): number;
  /** Ends when the scenario is over; actions that wait then give up. */
  readonly over: AbortSignal;
  /**
   * Plays an action when its cue comes, and not at all when the scenario ends
   * first. An action that ends by itself keeps the timeline busy from the moment it is
   * certain to come: at once when it has a time, else when its fact was seen.
   *
   * @returns whether it was played
   */
  perform(cue: Trigger, act: Act): Promise<boolean>;
  /** Since when nothing that ends by itself is under way or certain to come (ms since 1970); null while something is. */
  idleSince(): number | null;
  /** How many actions that end by themselves wait for a fact that may still come. */
  waiting(): number;
  /** Waits so much scenario time; false when the scenario ended first. */
  pause(scenarioMs: number): Promise<boolean>;
  /** Tells of a report that was sent. */
  reported(): void;
  /** Tells that the ledger calls this person's account contained. */
  contained(person: string): void;
  end(): void;
}

type Calls = (listener: (call: CallPhase) => void) => () => void;

export function openTimeline(timeScale: number, calls: Calls, screen?: Pick<Screen, 'on' | 'card' | 'prompt' | 'codes'>): Timeline {
  const startedAt = performance.now();
  const ending = new AbortController();
  // Every action that waits listens; there is no leak to warn of.
  setMaxListeners(0, ending.signal);
  const facts = new Set<string>();
  const phases: { readonly key: string; readonly call: CallPhase }[] = [];
  const looking = new Set<() => void>();
  let busy = 0;
  let idleSince = Date.now();
  let waiting = 0;
  const count = (change: number): void => {
    if (busy > 0) idleSince = Date.now();
    busy += change;
  };
  const look = (): void => Array.from(looking).forEach((each) => each());
  const happened = (fact: string): void => {
    facts.add(fact);
    look();
  };

  const forgetCalls = calls((call) => {
    phases.push({ key: `${call.operation}/${call.phase}`, call });
    look();
  });
  const forgetScreen = screen?.on(look);

  const blocked = (person: string): boolean =>
    phases.some(
      ({ call }) =>
        call.phase === 'effect' && call.concerns(person) && call.effects.some(({ what, to }) => what === 'accountEnabled' && to === false),
    );
  const revoked = (person: string): boolean =>
    phases.some(
      ({ call }) => call.phase === 'effect' && call.concerns(person) && call.effects.some(({ what }) => what === 'signInSessionsValidFrom'),
    );

  const holds = (cue: Exclude<Trigger, { kind: 'at' }>): boolean => {
    switch (cue.kind) {
      case 'after':
        switch (cue.fact) {
          case 'reported':
            return facts.has('reported');
          case 'contained':
            return facts.has(`contained/${cue.of}`);
          case 'sign-in-blocked':
            return blocked(cue.of);
          case 'sessions-revoked':
            return revoked(cue.of);
          case 'blocked':
            return blocked(cue.of) && revoked(cue.of);
        }
      case 'call': {
        const key = `${cue.operation}/${cue.phase}`;
        return phases.filter((each) => each.key === key && each.call.concerns(cue.of)).length >= cue.occurrence;
      }
      case 'prompt': {
        const prompt = screen?.prompt(cue.of, cue.group) ?? null;
        if (prompt === null || (cue.state !== null && prompt.state !== cue.state)) return false;
        return cue.revision === 1 || (screen?.codes(cue.of, cue.group).length ?? 0) >= cue.revision;
      }
      case 'card':
        return screen?.card(cue.of)?.lines.some((line) => line.toLowerCase().includes(cue.text.toLowerCase())) ?? false;
    }
  };

  /**
   * While an action waits it is not busy: no one knows whether its fact will ever
   * come. It is busy again in the very moment in which that is seen.
   */
  const until = (condition: () => boolean, counted: number): Promise<boolean> =>
    new Promise((resolve) => {
      waiting += counted;
      const check = (): void => {
        if (!ending.signal.aborted && !condition()) return;
        looking.delete(check);
        waiting -= counted;
        count(counted);
        resolve(!ending.signal.aborted);
      };
      looking.add(check);
      check();
    });

  const timeline: Timeline = {
    now: () => (performance.now() - startedAt) * timeScale,
    over: ending.signal,
    pause: (scenarioMs) =>
      new Promise((resolve) => {
        if (ending.signal.aborted) return resolve(false);
        const done = (came: boolean): void => {
          clearTimeout(timer);
          ending.signal.removeEventListener('abort', stop);
          resolve(came);
        };
        const stop = (): void => done(false);
        const timer = setTimeout(() => done(true), Math.max(0, scenarioMs / timeScale));
        ending.signal.addEventListener('abort', stop, { once: true });
      }),
    async perform(cue, { endsByItself, play }) {
      const counted = endsByItself ? 1 : 0;
      const turn: Turn = {
        until(condition) {
          count(-counted);
          return until(condition, counted);
        },
      };
      try {
        if (cue.kind === 'at') count(counted);
        else if (!(await until(() => holds(cue), counted))) return false;
        if (!(await timeline.pause(cue.kind === 'at' ? cue.atMs - timeline.now() : cue.waitMs))) return false;
        await play(turn);
        return true;
      } finally {
        count(-counted);
      }
    },
    idleSince: () => (busy === 0 ? idleSince : null),
    waiting: () => waiting,
    reported: () => happened('reported'),
    contained: (person) => happened(`contained/${person}`),
    end() {
      ending.abort();
      forgetCalls();
      forgetScreen?.();
      look();
    },
  };
  return timeline;
}
