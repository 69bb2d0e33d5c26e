// The same signed action may reach a case more than once. Temporal drops a message with
// a known update id by itself, so every second delivery here comes with an id of its own.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SignedEnvelope } from '../../domain/action.ts';
import { planCode } from '../../domain/plan.ts';
import { BEA, begin, CAI, count, events, kinds, refusals, stage } from './decision-fixtures.ts';
import { believed, plan, type Stub } from './workflow-harness.ts';

/** Records the key of every verified action. */
function weighing(): { readonly weighed: string[]; readonly stub: Stub } {
  const weighed: string[] = [];
  return {
    weighed,
    stub: {
      'people.verify': async (run) => {
        weighed.push(...run.actions.map(({ envelope }) => envelope.key));
        return believed(run);
      },
    },
  };
}

const again = (act: SignedEnvelope): Promise<'received'> => stage.send(act, randomUUID());

describe('an action that is delivered twice', () => {
  it('is answered both times and verified once, in one message or in two', async () => {
    const { weighed, stub } = weighing();
    await begin(plan(), stub);
    const report = stage.act();
    const later = stage.act();
    expect(await stage.sendAll([report, report])).toBe('received');
    expect(await again(report)).toBe('received');
    expect(await again(later)).toBe('received');
    await expect.poll(() => weighed).toContain(later.envelope.key);
    expect(weighed.filter((key) => key === report.envelope.key)).toHaveLength(1);
    expect(weighed.filter((key) => key === later.envelope.key)).toHaveLength(1);
  });

  it('is known in a later run of the case too', async () => {
    const { weighed, stub } = weighing();
    const report = await first(stub);
    // The case has continued in a new run since, with its state.
    expect(count('history.export')).toBeGreaterThan(0);
    expect(await again(report)).toBe('received');
    const later = stage.act();
    await again(later);
    await expect.poll(() => weighed).toContain(later.envelope.key);
    expect(weighed).toEqual([report.envelope.key, later.envelope.key]);
  });

  it('counts as one approval, and is not refused as a second one', async () => {
    const made = plan({ needs: { approvers: 2, stepUp: false } });
    const { weighed, stub } = weighing();
    await begin(made, stub);
    const yes = stage.decision('approve', BEA, { plan: made.digest, code: planCode(made.digest) });
    await again(yes);
    await expect.poll(kinds).toContain('approval.given');
    expect(await again(yes)).toBe('received');
    const other = stage.decision('approve', CAI, { plan: made.digest, code: planCode(made.digest) });
    await again(other);
    await expect.poll(kinds).toContain('plan.approved');
    expect(events().filter(({ kind }) => kind === 'approval.given')).toHaveLength(2);
    expect(refusals()).toEqual([]);
    expect(weighed.filter((key) => key === yes.envelope.key)).toHaveLength(1);
  });
});

/** Opens a case with one report and returns it. */
async function first(stub: Stub): Promise<SignedEnvelope> {
  const actions: SignedEnvelope[] = [];
  const weigh = stub['people.verify'];
  await begin(plan(), {
    'people.verify': async (run) => {
      actions.push(...run.actions);
      return weigh === undefined ? believed(run) : weigh(run);
    },
  });
  const [report] = actions;
  if (report === undefined) throw new Error('expected a report to have been weighed, found none');
  return report;
}
