import { describe, expect, it } from 'vitest';
import type { SignedEnvelope } from '../../domain/action.ts';
import { EMPTY_QUEUE, MOST_IDS, queued, taken } from '../../workflows/action-queue.ts';
import { actionId } from '../../workflows/messages.ts';

const act = (key: string, signature = 'a'.repeat(86)): SignedEnvelope => ({
  keyId: 'k',
  signature,
  envelope: {
    version: 1,
    key,
    channel: 'slack',
    team: 'T1',
    person: 'U1',
    act: 'report',
    values: { what: 'approved', when: 'today', about: null, wordsSha256: null },
    at: '2026-11-23T03:10:00.000Z',
    nonce: 'n',
  },
});
const keys = (actions: readonly SignedEnvelope[]): string[] => actions.map(({ envelope }) => envelope.key);

describe('the queue of a case', () => {
  it('keeps the order in which actions arrived', () => {
    expect(keys(queued(queued(EMPTY_QUEUE, [act('1'), act('2')]), [act('3')]).waiting)).toEqual(['1', '2', '3']);
  });

  it('takes an action once, in the same message or in a later one', () => {
    const queue = queued(EMPTY_QUEUE, [act('1'), act('1'), act('2')]);
    expect(keys(queue.waiting)).toEqual(['1', '2']);
    expect(queued(queue, [act('2'), act('1')])).toEqual(queue);
  });

  it('takes an action once also after it was taken to be verified', () => {
    const { actions, queue } = taken(queued(EMPTY_QUEUE, [act('1')]), 64);
    expect(keys(actions)).toEqual(['1']);
    expect(queued(queue, [act('1')]).waiting).toEqual([]);
  });

  it('takes the same key with another signature as another action', () => {
    expect(queued(EMPTY_QUEUE, [act('1', 'f'.repeat(86)), act('1')]).waiting).toHaveLength(2);
  });

  it('gives no more than it is asked for, and keeps the rest', () => {
    const { actions, queue } = taken(queued(EMPTY_QUEUE, [act('1'), act('2'), act('3')]), 2);
    expect([keys(actions), keys(queue.waiting)]).toEqual([['1', '2'], ['3']]);
  });

  it('remembers the newest ids, and so many of them', () => {
    const many = Array.from({ length: MOST_IDS + 5 }, (_, at) => act(`${at}`));
    const { handled } = queued(EMPTY_QUEUE, many);
    expect(handled).toHaveLength(MOST_IDS);
    expect(handled.at(-1)).toBe(actionId(act(`${MOST_IDS + 4}`)));
  });
});
