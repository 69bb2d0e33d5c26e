// The clock and the cues of a scenario: what has happened so far, and what an
// act waits for. Robots act on facts of the tenant's journal, not on guesses.
import { setMaxListeners } from 'node:events';
import type { Cue, Phase } from './scenarios/types.ts';

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

export interface Stage {
  /** Milliseconds of scenario time since the start. */
  now(): number;
  /** Ends when the scenario is over; acts that wait then give up. */
  readonly over: AbortSignal;
  /**
   * Plays an act when its cue comes, and not at all when the scenario ends
   * first. An act that ends by itself keeps the stage busy from the moment it is
   * certain to come: at once when it has a time, else when its fact was seen.
   */
  perform(cue: Cue, person: string, act: { readonly endsByItself: boolean; readonly play: () => Promise<void> }): Promise<void>;
  /** True when nothing that ends by itself is under way or certain to come. */
  idle(): boolean;
  /** Waits so much scenario time; false when the scenario ended first. */
  pause(scenarioMs: number): Promise<boolean>;
  /** Tells of a report that was sent. */
  reported(): void;
  end(): void;
}

export function openStage(timeScale: number, calls: (listener: (call: CallPhase) => void) => () => void): Stage {
  const startedAt = performance.now();
  const ending = new AbortController();
  // Every act that waits listens; there is no leak to warn of.
  setMaxListeners(0, ending.signal);
  const facts = new Set<string>();
  const phases: { readonly key: string; readonly call: CallPhase }[] = [];
  const waiting = new Set<() => void>();
  let busy = 0;
  const look = (): void => Array.from(waiting).forEach((each) => each());

  const forget = calls((call) => {
    phases.push({ key: `${call.operation}/${call.phase}`, call });
    look();
  });

  const blocked = (person: string): boolean =>
    phases.some(
      ({ call }) =>
        call.phase === 'effect' && call.concerns(person) && call.effects.some(({ what, to }) => what === 'accountEnabled' && to === false),
    );
  const revoked = (person: string): boolean =>
    phases.some(
      ({ call }) => call.phase === 'effect' && call.concerns(person) && call.effects.some(({ what }) => what === 'signInSessionsValidFrom'),
    );

  const holds = (cue: Exclude<Cue, { kind: 'at' }>, person: string): boolean => {
    switch (cue.kind) {
      case 'after':
        if (cue.fact === 'reported') return facts.has('reported');
        if (cue.fact === 'blocked') return blocked(person);
        if (cue.fact === 'revoked') return revoked(person);
        return blocked(person) && revoked(person);
      case 'call': {
        const key = `${cue.operation}/${cue.phase}`;
        return phases.filter((each) => each.key === key && each.call.concerns(person)).length >= cue.occurrence;
      }
    }
  };

  const until = (condition: () => boolean): Promise<boolean> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition() && !ending.signal.aborted) return;
        waiting.delete(check);
        resolve(!ending.signal.aborted);
      };
      waiting.add(check);
      check();
    });

  const stage: Stage = {
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
    async perform(cue, person, { endsByItself, play }) {
      const counted = endsByItself ? 1 : 0;
      if (cue.kind === 'at') busy += counted;
      else if (await until(() => holds(cue, person))) busy += counted;
      else return;
      try {
        if (await stage.pause(cue.kind === 'at' ? cue.atMs - stage.now() : cue.waitMs)) await play();
      } finally {
        busy -= counted;
      }
    },
    idle: () => busy === 0,
    reported() {
      facts.add('reported');
      look();
    },
    end() {
      ending.abort();
      forget();
      look();
    },
  };
  return stage;
}
