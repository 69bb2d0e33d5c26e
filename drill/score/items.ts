// What became of the owners' items, and on whose order: the playbook's, a
// recorded choice, or of neither.
import type { DrillEvidence, PersonTruth, ThingTruth } from './input.ts';
import type { RecordedCase } from './ledger.ts';
import { targetOf } from './plans.ts';

export interface OwnersItems {
  readonly present: number;
  readonly byPlaybook: number;
  readonly byChoice: number;
  readonly wrongly: number;
}

interface Judged {
  readonly record: RecordedCase;
  readonly person: PersonTruth;
}

export function judgeOwnersItems({ truth, apps }: DrillEvidence, cases: readonly Judged[]): OwnersItems {
  const touched = truth.ownersThings.filter((thing) => thing.changedByApp === apps.actor || thing.changedByApp === apps.reader);
  const words = touched.map((thing) => onWhoseWord(thing, cases));
  const count = (word: Word): number => words.filter((each) => each === word).length;
  return {
    present: truth.ownersThings.filter((thing) => thing.present).length,
    byPlaybook: count('playbook'),
    byChoice: count('choice'),
    wrongly: count('nobody'),
  };
}

type Word = 'playbook' | 'choice' | 'nobody';

/** Ids of phones and addresses are the same for everybody, so only the cases of its own owner speak of an item. */
function onWhoseWord({ id, person }: ThingTruth, cases: readonly Judged[]): Word {
  const entries = cases.filter((each) => each.person.key === person).flatMap(({ record }) => record.entries);
  const choice = entries.findLast((entry) => entry.kind === 'choice.recorded' && targetOf(entry) === id);
  if (choice !== undefined) return choice.body['ticked'] === true ? 'choice' : 'nobody';
  return entries.some((entry) => entry.kind === 'step.intended' && intends(entry, id)) ? 'playbook' : 'nobody';
}

const intends = (entry: RecordedCase['entries'][number], id: string): boolean =>
  targetOf(entry) === id || JSON.stringify(entry.body).includes(JSON.stringify(id));
