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
  readonly keyOf: (objectId: string) => string | undefined;
  readonly journal: RobotJournal;
  readonly over: AbortSignal;
}

const OPERATION = { 'block-sign-in': 'user.disable', 'revoke-sessions': 'user.revokeSignInSessions' } as const;
/** Longer than any client waits: the connection dies with the worker. */
const HELD_MS = 60_000;

/** Real time: a living worker writes an answer down within milliseconds. */
const DEAD_AFTER_MS = 4_000;

/** Called whenever the worker was killed, by whichever cut. */
type Kills = Set<() => void>;

/** Plays every cut; those of one step one after another, since each needs the step to be tried again. @returns cuts that never came */
export async function playCuts(cuts: readonly ProcessFaultLine[], tools: CutTools): Promise<readonly string[]> {
  const steps = new Map<string, ProcessFaultLine[]>();
  for (const cut of cuts) steps.set(cut.step, [...(steps.get(cut.step) ?? []), cut]);
  const missed: string[] = [];
  const kills: Kills = new Set();
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
 * kill comes before the step is seen done. When another cut kills the worker
 * meanwhile, the next attempt must read before it writes: nothing is held then.
 */
async function killAfterRecord(cut: ProcessFaultLine, tools: CutTools, kills: Kills): Promise<boolean> {
  const written = await callOf(cut, tools, 'effect');
  if (written?.person === undefined) return false;
  const remove = tools.tenant.faults.add({
    operation: 'user.get',
    actorKey: 'actor',
    person: written.person,
    kind: 'timeout-before',
    occurrence: { from: 1 },
    hangMs: HELD_MS,
  });
  kills.add(remove);
  // A worker that died with this call under way writes nothing down; the next one must be able to read, and then it does.
  const dead = setTimeout(remove, DEAD_AFTER_MS);
  const recorded = await orOver(tools.runner.applied(cut.step, tools.objectIdOf(written.person)), tools.over);
  clearTimeout(dead);
  const killed = recorded === true && kill(cut, tools, kills);
  remove();
  return killed;
}

/** A worker that another cut killed in the same moment is dead at this place, too. */
function kill(cut: ProcessFaultLine, { runner, journal }: CutTools, kills: Kills): true {
  const killed = runner.killWorker();
  for (const noticed of kills) noticed();
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
