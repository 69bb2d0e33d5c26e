// Failed steps, holds, and resuming.
import { describe, expect, it } from 'vitest';
import { gate } from '../setup/gate.ts';
import {
  approve,
  BEA,
  begin,
  CAI,
  count,
  failing,
  kinds,
  lastRuns,
  names,
  openHarness,
  refusals,
  say,
  stage,
} from './decision-fixtures.ts';
import { plan, verified } from './workflow-harness.ts';

describe('a step that fails', () => {
  it('puts the case on hold; a resume tries the step again, and no step is done twice', async () => {
    const made = plan();
    let tries = 0;
    await begin(made, {
      'remove-methods.apply': async () => {
        tries += 1;
        return tries === 1 ? failing('GRAPH_FORBIDDEN')() : verified('remove-methods');
      },
    });
    await approve(made, BEA);
    await expect.poll(kinds).toContain('case.held');
    expect(kinds()).toContain('step.failed');
    expect(lastRuns()).toEqual([]);
    await say('resume', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(count('reset-password.apply')).toBe(1);
    expect(tries).toBe(2);
  });
});

describe('a hold', () => {
  it('that begins during a step leaves the plan as it is; after the resume that step continues', async () => {
    const made = plan();
    const { open, opened } = gate();
    let tries = 0;
    await begin(
      made,
      {
        'remove-methods.apply': async () => {
          tries += 1;
          if (tries > 1) return verified('remove-methods');
          await opened;
          return failing('CASE_HELD')();
        },
      },
      { containAttemptMs: 60_000, giveUpMs: 120_000 },
    );
    await approve(made, BEA);
    await expect.poll(() => tries).toBe(1);
    await say('hold', CAI);
    await expect.poll(kinds).toContain('case.held');
    open();
    await expect.poll(() => count('recheck')).toBeGreaterThan(0);
    expect(tries).toBe(1);
    await say('resume', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds()).not.toContain('step.failed');
    expect(count('reset-password.apply')).toBe(1);
    expect(tries).toBe(2);
  });

  it('lets nothing begin, and an approval that was given meanwhile is carried out after it', async () => {
    const made = plan();
    await begin(made);
    await say('hold', BEA);
    await approve(made, CAI);
    await expect.poll(() => count('recheck')).toBeGreaterThan(1);
    expect(names()).not.toContain('reset-password.apply');
    await say('resume', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('is not ended by a resume that was sent before it began', async () => {
    const made = plan();
    await begin(made);
    const late = stage.decision('resume', CAI);
    await say('hold', BEA);
    await stage.send(late);
    await approve(made, CAI);
    await expect.poll(refusals).toEqual(['hold-changed']);
    expect(names()).not.toContain('reset-password.apply');
  });

  it('is not ended by a person whose form showed another hold, which has ended meanwhile', async () => {
    const made = plan();
    await begin(made);
    await say('hold', BEA);
    const shownAt = new Date().toISOString();
    await say('resume', BEA);
    await say('hold', BEA);
    await approve(made, CAI);
    await say('resume', CAI, { shownAt });
    await expect.poll(refusals).toEqual(['hold-changed']);
    expect(names()).not.toContain('reset-password.apply');
  });

  it('has a key of its own in the ledger, in every run of the case', async () => {
    const { open, opened } = gate();
    const made = plan();
    // A slow machine must not treat the wait as a failure, nor the rechecks as new holds.
    const patient = { containAttemptMs: 60_000, giveUpMs: 120_000, askAgainMs: 60_000, accessTokenMs: 60_000 };
    await openHarness(
      {
        'block-sign-in.apply': async () => {
          await opened;
          return verified('block-sign-in');
        },
        collect: async () => ({ blindSpots: [], plan: made, nothing: false }),
      },
      patient,
    );
    await stage.send(stage.act());
    await expect.poll(names).toContain('collect');
    await say('hold', BEA);
    await expect.poll(kinds).toContain('case.held');
    await say('resume', BEA);
    await expect.poll(kinds).toContain('hold.ended');
    open();
    await expect.poll(names).toContain('history.export');
    // As often as something had changed in the first run.
    for (let times = 2; times <= 8; times += 1) {
      await say('hold', CAI);
      await expect.poll(() => kinds().filter((kind) => kind === 'case.held')).toHaveLength(times);
      await say('resume', CAI);
      await expect.poll(() => kinds().filter((kind) => kind === 'hold.ended')).toHaveLength(times);
    }
  });

  it('cannot be placed by the subject, and a resume does nothing without a hold', async () => {
    const made = plan();
    await begin(made);
    await say('hold', stage.subject);
    await say('resume', BEA);
    await expect.poll(refusals).toEqual(['is-subject', 'not-allowed-now']);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});
