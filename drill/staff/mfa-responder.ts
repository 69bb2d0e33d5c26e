// The owner's phone: prompts light up, and the owner answers as the scenario
// says, one after another. Tired people keep doing what they did last.

import type { ActorLog } from '../run/actor-log.ts';
import type { PromptAnswer } from '../scenarios/types.ts';
import type { AnswerPrompt } from '../tenant-user.ts';

const DONE: Readonly<Record<PromptAnswer, string>> = { approve: 'pressed Approve', deny: 'pressed Deny', ignore: 'did not answer' };

export function openMfaResponder(script: Readonly<Record<string, readonly PromptAnswer[]>>, journal: ActorLog): AnswerPrompt {
  const answered = new Map<string, number>();
  return (person) => {
    const lines = script[person] ?? [];
    const count = answered.get(person) ?? 0;
    answered.set(person, count + 1);
    const answer = lines[Math.min(count, lines.length - 1)] ?? 'deny';
    journal.write({ who: 'staff', person, did: 'prompt', result: answer === 'approve' ? 'succeeded' : 'refused', saw: DONE[answer] });
    return answer;
  };
}
