// The score keeps tables of its own. Here they are held against the registries of the product: what the product learns to
// do, the score must learn to judge.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type ActivityTools, createActivities } from '../../../activities/index.ts';
import { ENDPOINTS } from '../../../activities/microsoft/endpoints.ts';
import { STEPS as REGISTRY } from '../../../activities/steps/registry.ts';
import type { AccountKind } from '../../../domain/account.ts';
import { DECISION_ACTIONS } from '../../../domain/approval.ts';
import type { Outcome } from '../../../domain/case/events.ts';
import { NOT_CHECKED_WORDS } from '../../../domain/not-checked.ts';
import { PLAN_KINDS } from '../../../domain/plan.ts';
import type { ContainmentOrder } from '../../../domain/policy.ts';
import { type BlindSpot, STEP_NAMES, type Target } from '../../../domain/step.ts';
import * as known from '../../../drill/score/known-values.ts';
import type { TranscriptEvent } from '../../../drill/slack/transcript.ts';
import { BUTTON } from '../../../slack-app/plan-wording.ts';
import * as workflows from '../../../workflows/index.ts';

const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();
/** Every member of a union: the compiler refuses one too few or too many. */
const all = <Union extends string>(values: Record<Union, true>): string[] => Object.keys(values);

describe('the score knows', () => {
  it('every kind of entry, and no other', async () => {
    const source = await readFile(new URL('../../../domain/case/events.ts', import.meta.url), 'utf8');
    const kinds = [...source.matchAll(/extends EventBase<'([\w.-]+)'>/g)].map(([, kind]) => kind ?? '');
    expect(kinds.length).toBeGreaterThan(30);
    expect(sorted([...known.CASE_EVENTS, ...known.TENANT_EVENTS])).toEqual(sorted(kinds));
  });

  it('every step', () => {
    expect(sorted(known.STEPS)).toEqual(sorted(Object.keys(REGISTRY)));
    expect(sorted(known.STEPS)).toEqual(sorted(STEP_NAMES));
  });

  it('every call to Microsoft, and which of them write', () => {
    const calls = Object.values(ENDPOINTS);
    const reads = calls.filter(({ method }) => method === 'GET').map(({ id }) => id);
    const writes = calls.filter(({ method }) => method !== 'GET').map(({ id }) => id);
    expect(sorted(known.READING_CALLS)).toEqual(sorted([...reads, 'token.app']));
    expect(sorted(known.WRITING_CALLS)).toEqual(sorted(writes));
  });

  it('every activity and workflow', () => {
    expect(sorted(known.ACTIVITIES)).toEqual(sorted(Object.keys(createActivities({} as ActivityTools))));
    expect(sorted(known.WORKFLOWS)).toEqual(sorted(Object.keys(workflows)));
  });

  it('every value that it judges by', () => {
    expect(sorted(known.ACTS)).toEqual(sorted(DECISION_ACTIONS));
    expect(sorted(known.PLAN_GROUPS)).toEqual(sorted(PLAN_KINDS));
    expect(sorted(known.OUTCOMES)).toEqual(
      sorted(all<Outcome>({ contained: true, blocked: true, 'contained-here-only': true, released: true })),
    );
    expect(sorted(known.ORDERS)).toEqual(sorted(all<ContainmentOrder['kind']>({ contain: true, 'ask-logs': true, people: true })));
    expect(sorted(known.ACCOUNTS)).toEqual(
      sorted(all<AccountKind>({ protected: true, guest: true, restricted: true, privileged: true, ordinary: true })),
    );
    expect(sorted(known.TARGETS)).toEqual(sorted(all<Target['kind']>({ account: true, method: true })));
    expect(sorted(known.BLIND_SPOTS)).toEqual(
      sorted(
        all<BlindSpot['what']>({
          'sign-in-log': true,
          'audit-log': true,
          'sign-in-methods': true,
          roles: true,
          'eligible-roles': true,
          account: true,
        }),
      ),
    );
  });

  it('what is not checked, in the text that people read', () => {
    expect(known.NOT_CHECKED).toEqual(NOT_CHECKED_WORDS);
    for (const code of Object.values(known.FOOTHOLD_CODES)) expect(Object.keys(known.NOT_CHECKED)).toContain(code);
  });

  it('every button', () => {
    const { more, ...buttons } = BUTTON;
    expect(more).toBe('More');
    const { approve, decline, hold, resume, acknowledge, ...others } = buttons;
    const plans = [approve, decline].flatMap((caption) =>
      (['containment', 'eradication', 'release', 'undo'] as const).map((group) => caption(group)),
    );
    const cases = [hold, resume, acknowledge].map((caption) => caption(1042).replace('1042', 'N'));
    expect(sorted(known.CAPTIONS)).toEqual(sorted([...plans, ...cases, ...Object.values(others)]));
  });

  it('no line of a transcript that the workspace cannot write', () => {
    const kinds: Partial<Record<TranscriptEvent['kind'], true>> = Object.fromEntries(known.SLACK_MOMENTS.map((kind) => [kind, true]));
    // Not used by the product, so a run with one of them fails: views that are pushed or published, and response addresses.
    const unused = all<Exclude<TranscriptEvent['kind'], (typeof known.SLACK_MOMENTS)[number]>>({
      'view.pushed': true,
      'view.published': true,
      'response-url.used': true,
    });
    expect(unused.filter((kind) => kind in kinds)).toEqual([]);
  });
});
