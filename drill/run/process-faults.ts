// Ends processes at named places: the worker within a step, Temporal and the
// database after a fact. The place within a step is found by what the tenant
// sees, never by time: the answer is held back until the kill is done.

import type { Fault } from '../microsoft/faults.ts';
import type { JournalRecord, Phase } from '../microsoft/journal.ts';
import { operationNames } from '../microsoft/route.ts';
import type { CutLine, CutStep, OutageLine } from '../scenarios/types.ts';
import type { ActorLog } from './actor-log.ts';
import type { Timeline } from './timeline.ts';

/** What only the runner can do: it knows the processes and can read the ledger. */
export interface ProcessControl {
  /** kill -9 of the worker, now; false when there was none to kill. */
  killWorker(): boolean;
  /** kill -9 of the Temporal server; resolves when it is up again, at the same address. */
  killEngine(): Promise<void>;
  /** The same of PostgreSQL. */
  killDatabase(): Promise<void>;
  /** Resolves when the ledger says, at that moment or later, that this step was applied to this account; false when the drill ended first. */
  applied(step: string, objectId: string, sinceMs: number): Promise<boolean>;
  /** Resolves when the ledger calls this account contained; false when the drill ended first. */
  contained(objectId: string): Promise<boolean>;
}

export interface ProcessFaultTools {
  readonly runner: ProcessControl;
  readonly tenant: {
    readonly faults: { add(fault: Fault): () => void };
    readonly journal: { on(listener: (record: JournalRecord, phase: Phase) => void): () => void };
  };
  readonly timeline: Pick<Timeline, 'perform' | 'over'>;
  readonly actorAppId: string;
  readonly objectIdOf: (person: string) => string;
  readonly journal: ActorLog;
}

/** The calls that carry a step out at the tenant. */
const OPERATIONS: Readonly<Record<CutStep, readonly string[]>> = {
  'block-sign-in': ['user.disable'],
  'revoke-sessions': ['user.revokeSignInSessions'],
  'reset-password': ['user.resetPassword'],
  'remove-methods': operationNames().filter((name) => /^auth\.\w+Methods\.delete$/.test(name)),
  'release-false-alarm': ['user.enable'],
};
/** The calls that read it back; methods are listed, everything else stands at the account itself. */
const readBackOf = (step: CutStep): string => (step === 'remove-methods' ? 'auth.methods.list' : 'user.get');

/** Longer than any client waits: the connection dies with the worker. */
const HELD_MS = 60_000;

/** Real time: a living worker that has its answer writes it down within milliseconds. */
const ANSWER_LOST_AFTER_MS = 4_000;

/** What all cuts know of each other: when the worker was last killed, and whom to tell of it. */
interface Kills {
  lastAt: number;
  readonly noticed: Set<() => void>;
}

/** Plays every cut; those of one step one after another, since each needs the step to be tried again. @returns cuts that never came */
export async function runProcessFaults(cuts: readonly CutLine[], tools: ProcessFaultTools): Promise<readonly string[]> {
  const steps = new Map<string, CutLine[]>();
  for (const cut of cuts) steps.set(cut.step, [...(steps.get(cut.step) ?? []), cut]);
  const missed: string[] = [];
  const kills: Kills = { lastAt: 0, noticed: new Set() };
  await Promise.all(
    Array.from(steps.values(), async (ofOneStep) => {
      for (const cut of ofOneStep)
        if (!(await playCut(cut, tools, kills))) missed.push(`the worker was never killed ${inWords(cut)}: that moment did not come`);
    }),
  );
  return missed;
}

const inWords = ({ cut, step }: CutLine): string => `${cut.replaceAll('-', ' ')} of ${step}`;

async function playCut(cut: CutLine, tools: ProcessFaultTools, kills: Kills): Promise<boolean> {
  switch (cut.cut) {
    case 'before-the-call':
      return killAt(cut, tools, kills, 'arrived', 'timeout-before');
    case 'after-the-effect':
      return killAt(cut, tools, kills, 'effect', 'timeout-after');
    case 'after-the-record':
      return killAfterRecord(cut, tools, kills);
  }
}

async function killAt(
  cut: CutLine,
  tools: ProcessFaultTools,
  kills: Kills,
  phase: Phase,
  kind: 'timeout-before' | 'timeout-after',
): Promise<boolean> {
  const person = cut.person === undefined ? {} : { person: cut.person };
  const removals = OPERATIONS[cut.step].map((operation) =>
    tools.tenant.faults.add({ operation, actorKey: 'actor', ...person, hangMs: HELD_MS, kind, occurrence: 1 }),
  );
  const reached = await callOf(cut, tools, phase);
  const killed = reached !== undefined && kill(cut, tools, kills);
  for (const remove of removals) remove();
  return killed;
}

/**
 * The answer may be written down; the read-back that follows is held, so the
 * kill comes before the step is seen done. A worker that another cut kills takes
 * its call with it: the next one reads before it writes, and must not be held.
 */
async function killAfterRecord(cut: CutLine, tools: ProcessFaultTools, kills: Kills): Promise<boolean> {
  const written = await callOf(cut, tools, 'effect');
  if (written?.person === undefined) return false;
  const callerLives = Date.parse(written.at) > kills.lastAt;
  const remove = callerLives ? holdReads(written.person, readBackOf(cut.step), tools) : (): void => undefined;
  kills.noticed.add(remove);
  // An answer that was lost on the way is never written down by this attempt; the next one must be able to read, too.
  const answerLost = setTimeout(remove, ANSWER_LOST_AFTER_MS);
  const since = Date.parse(written.effectAt ?? written.at);
  const recorded = await orOver(tools.runner.applied(cut.step, tools.objectIdOf(written.person), since), tools.timeline.over);
  clearTimeout(answerLost);
  const killed = recorded === true && kill(cut, tools, kills);
  remove();
  return killed;
}

const holdReads = (person: string, operation: string, { tenant }: ProcessFaultTools): (() => void) =>
  tenant.faults.add({ operation, actorKey: 'actor', person, kind: 'timeout-before', occurrence: { from: 1 }, hangMs: HELD_MS });

/** A worker that another cut killed in the same moment is dead at this place, too. */
function kill(cut: CutLine, { runner, journal }: ProcessFaultTools, kills: Kills): true {
  const killed = runner.killWorker();
  kills.lastAt = Date.now();
  for (const notice of kills.noticed) notice();
  journal.write({
    who: 'fault',
    person: cut.person ?? '',
    did: 'kill -9 of the worker',
    result: 'succeeded',
    saw: killed ? inWords(cut) : `${inWords(cut)} (it had just been killed)`,
  });
  return true;
}

function orOver<Value>(work: Promise<Value>, over: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(undefined);
    if (over.aborted) return giveUp();
    over.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => over.removeEventListener('abort', giveUp));
  });
}

function callOf(
  cut: CutLine,
  { tenant, actorAppId, timeline: { over } }: ProcessFaultTools,
  wanted: Phase,
): Promise<JournalRecord | undefined> {
  return new Promise((resolve) => {
    if (over.aborted) return resolve(undefined);
    const done = (record: JournalRecord | undefined): void => {
      forget();
      over.removeEventListener('abort', giveUp);
      resolve(record);
    };
    const giveUp = (): void => done(undefined);
    const forget = tenant.journal.on((record, phase) => {
      if (phase !== wanted || !OPERATIONS[cut.step].includes(record.operation) || record.actor.appId !== actorAppId) return;
      if (cut.person === undefined || record.person === cut.person) done(record);
    });
    over.addEventListener('abort', giveUp, { once: true });
  });
}

const OUTAGE = {
  'kill-engine': { words: 'kill -9 of the Temporal server', play: (runner: ProcessControl) => runner.killEngine() },
  'kill-database': { words: 'kill -9 of PostgreSQL', play: (runner: ProcessControl) => runner.killDatabase() },
} as const;

/** Plays every outage when its cue comes. @returns outages that never came, or after which the server did not come back */
export async function runOutages(
  outages: readonly OutageLine[],
  { timeline, runner, journal }: Pick<ProcessFaultTools, 'timeline' | 'runner' | 'journal'>,
): Promise<readonly string[]> {
  const troubles: string[] = [];
  const note = (did: string, result: 'began' | 'succeeded' | 'failed', saw: string): void =>
    void journal.write({ who: 'fault', person: '', did, result, saw });
  await Promise.all(
    outages.map(async ({ kind, cue }) => {
      const { words, play } = OUTAGE[kind];
      const came = await timeline.perform(cue, {
        endsByItself: true,
        async play() {
          const killedAt = performance.now();
          note(words, 'began', 'it is started again at once');
          try {
            await play(runner);
            note(words, 'succeeded', `it was up again after ${Math.round(performance.now() - killedAt)} ms`);
          } catch (error) {
            const saw = error instanceof Error ? error.message : String(error);
            note(words, 'failed', saw);
            troubles.push(`${words}: it did not come back: ${saw}`);
          }
        },
      });
      if (!came) troubles.push(`${words} was never played: that moment did not come`);
    }),
  );
  return troubles;
}
