// What is missing from an incomplete list may be there all the same.
import { expect, it } from 'vitest';
import { removeMethods, removing } from '../../../activities/steps/remove-methods.ts';
import type { SeenMethod } from '../../../domain/method.ts';

const KEY: SeenMethod = { id: 'key', kind: 'fido2', label: 'Security key', facts: 'facts of the key', isAlternate: false, addedAt: null };
const fingerprint = (text: string): string => `fingerprint of ${text}`;
const change = removing(KEY, fingerprint);
const list = (complete: boolean, ...methods: SeenMethod[]) => ({ methods, complete, readAt: '2026-11-30T03:10:00Z' });

it('a method that is not in a complete list is gone', () => {
  expect(removeMethods.verify(list(true), change, fingerprint)).toBe(true);
  expect(removeMethods.renew(change, list(true), fingerprint)).toEqual({ kind: 'gone' });
});

it('a method that is not in an incomplete list is not seen removed, and its removal is tried', () => {
  expect(removeMethods.verify(list(false), change, fingerprint)).toBe(false);
  expect(removeMethods.renew(change, list(false), fingerprint)).toEqual({ kind: 'as-planned', change });
});

it('what an incomplete list does show is judged by it', () => {
  expect(removeMethods.renew(change, list(false, KEY), fingerprint)).toEqual({ kind: 'as-planned', change });
  const other = { ...KEY, facts: 'facts of another key' };
  expect(removeMethods.verify(list(false, other), change, fingerprint)).toBe(true);
  expect(removeMethods.renew(change, list(false, other), fingerprint)).toEqual({ kind: 'drifted' });
});
