// Kills the worker at a named place of a step. The place is found by what the
// tenant sees, never by time: the answer is held back until the kill is done.
import type { RobotJournal } from './robot-journal.ts';
import type { ProcessFaultLine } from './scenarios/types.ts';
import type { Fault } from './tenant/faults.ts';
import type { JournalRecord, Phase } from './tenant/journal.ts';

/** What only the runner can do: it knows the processes and can look into the record. */
export interface RunnerHands {
  /** kill -9 of the worker, now; false when there was none to kill. */
  killWorker(): boolean;
  /** Resolves when the record says that this step was applied to this account; false when the drill ended first. */
  applied(step: string, objectId: string): Promise<boolean>;
}

export interface CutTools {
  readonly runner: RunnerHands;
  readonly tenant: {
    readonly faults: { add(fault: Fault): () => void };
    readonly journal: { on(listener: (record: JournalRecord, phase: Phase) => void): () => void };
  };
  readonly actorAppId: string;
  readonly objectIdOf: (person: string) => string;
  readonly journal: RobotJournal;
  readonly over: AbortSignal;
}

const OPERATION = { 'block-sign-in': 'user.disable', 'revoke-sessions': 'user.revokeSignInSessions' } as const;
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
export async function playCuts(cuts: readonly ProcessFaultLine[], tools: CutTools): Promise<readonly string[]> {
  const steps = new Map<string, ProcessFaultLine[]>();
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

const inWords = ({ cut, step }: ProcessFaultLine): string => `${cut.replaceAll('-', ' ')} of ${step}`;

async function playCut(cut: ProcessFaultLine, tools: CutTools, kills: Kills): Promise<boolean> {
  const held = {
    operation: OPERATION[cut.step],
    actorKey: 'actor',
    ...(cut.person === undefined ? {} : { person: cut.person }),
    hangMs: HELD_MS,
  };
  switch (cut.cut) {
    case 'before-the-call':
      return killAt(cut, tools, kills, 'arrived', { ...held, kind: 'timeout-before', occurrence: 1 });
    case 'after-the-effect':
      return killAt(cut, tools, kills, 'effect', { ...held, kind: 'timeout-after', occurrence: 1 });
    case 'after-the-record':
      return killAfterRecord(cut, tools, kills);
  }
}

async function killAt(cut: ProcessFaultLine, tools: CutTools, kills: Kills, phase: Phase, fault: Fault): Promise<boolean> {
  const remove = tools.tenant.faults.add(fault);
  const reached = await callOf(cut, tools, phase);
  const killed = reached !== undefined && kill(cut, tools, kills);
  remove();
  return killed;
}

/**
 * The answer may be written down; the read-back that follows is held, so the
 * kill comes before the step is seen done. A worker that another cut kills takes
 * its call with it: the next one reads before it writes, and must not be held.
 */
async function killAfterRecord(cut: ProcessFaultLine, tools: CutTools, kills: Kills): Promise<boolean> {
  const written = await callOf(cut, tools, 'effect');
  if (written?.person === undefined) return false;
  const callerLives = Date.parse(written.at) > kills.lastAt;
  const remove = callerLives ? holdReads(written.person, tools) : (): void => undefined;
  kills.noticed.add(remove);
  // An answer that was lost on the way is never written down by this attempt; the next one must be able to read, too.
  const answerLost = setTimeout(remove, ANSWER_LOST_AFTER_MS);
  const recorded = await orOver(tools.runner.applied(cut.step, tools.objectIdOf(written.person)), tools.over);
  clearTimeout(answerLost);
  const killed = recorded === true && kill(cut, tools, kills);
  remove();
  return killed;
}

const holdReads = (person: string, { tenant }: CutTools): (() => void) =>
  tenant.faults.add({ operation: 'user.get', actorKey: 'actor', person, kind: 'timeout-before', occurrence: { from: 1 }, hangMs: HELD_MS });

/** A worker that another cut killed in the same moment is dead at this place, too. */
function kill(cut: ProcessFaultLine, { runner, journal }: CutTools, kills: Kills): true {
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

function callOf(cut: ProcessFaultLine, { tenant, actorAppId, over }: CutTools, wanted: Phase): Promise<JournalRecord | undefined> {
  return new Promise((resolve) => {
    if (over.aborted) return resolve(undefined);
    const done = (record: JournalRecord | undefined): void => {
      forget();
      over.removeEventListener('abort', giveUp);
      resolve(record);
    };
    const giveUp = (): void => done(undefined);
    const forget = tenant.journal.on((record, phase) => {
      if (phase !== wanted || record.operation !== OPERATION[cut.step] || record.actor.appId !== actorAppId) return;
      if (cut.person === undefined || record.person === cut.person) done(record);
    });
    over.addEventListener('abort', giveUp, { once: true });
  });
}
