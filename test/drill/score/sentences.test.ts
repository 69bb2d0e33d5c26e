// The words of the product, held against what the score knows: a new sentence that says that something is so must be
// judged, or be known to claim nothing, before it reaches a drill.
import { expect, it } from 'vitest';
import * as labels from '../../../domain/labels.ts';
import { unknownIn } from '../../../drill/score/messages.ts';
import * as planWords from '../../../slack-app/plan-wording.ts';
import * as words from '../../../slack-app/wording.ts';

function sentencesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes(' ') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sentencesIn) : [];
}

const SENTENCES = sentencesIn([{ ...labels }, { ...planWords }, { ...words }]);

it('finds the sentences at all', () => {
  expect(SENTENCES.length).toBeGreaterThan(150);
});

it('knows every sentence of the product that says that something is so', () => {
  expect(SENTENCES.filter((sentence) => unknownIn(sentence).length > 0)).toEqual([]);
});
