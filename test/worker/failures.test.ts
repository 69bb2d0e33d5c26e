// Which failures of an activity the engine tries again, and when a person is
// paged about those that go on.
import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { type ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import { type FailureCode, RunbookError } from '../../domain/errors.ts';
import { pageFailingActivities } from '../../worker/failing-activities.ts';
import { mapFailures } from '../../worker/failures.ts';

const NOTHING: ActivityExecuteInput = { args: [], headers: {} };
const MINUTE = 60_000;

interface Attempt {
  readonly activity?: string;
  /** How long ago the activity was first scheduled, in ms. */
  readonly since?: number;
}

/** Runs one attempt as the engine's worker would, through these interceptors. @returns what the engine is told, or what was done */
async function attempt(
  factories: readonly ActivityInterceptorsFactory[],
  work: () => Promise<unknown>,
  { activity = 'collect', since = 0 }: Attempt = {},
): Promise<unknown> {
  const context = { info: { activityType: activity, scheduledTimestampMs: Date.now() - since } } as Context;
  const run = factories.reduceRight<() => Promise<unknown>>((next, factory) => {
    const { inbound } = factory(context);
    return () => (inbound?.execute === undefined ? next() : inbound.execute(NOTHING, () => next()));
  }, work);
  return run().catch((error: unknown) => error);
}

const failing = (cause: unknown) => async (): Promise<never> => {
  throw cause;
};
const refusal = (code: FailureCode): RunbookError => new RunbookError(code, 'expected one thing, got another');

describe('a failure of an activity', () => {
  const mapped = (error: unknown, activity?: string) =>
    attempt([mapFailures], failing(error), activity === undefined ? {} : { activity }) as Promise<ApplicationFailure>;

  it.each([
    ['a fault of the program', new TypeError('undefined is not a function')],
    ['an error of a library', Object.assign(new Error('odd'), { name: 'ResponseError', code: 'EODD' })],
    ['something that is no error', 'no'],
  ])('that is none of our errors (%s) is tried again, under a code that people have words for', async (_, error) => {
    expect(await mapped(error)).toMatchObject({ type: 'UNEXPECTED', nonRetryable: false });
  });

  it('of the ordinary tables, when the database is away, is the database being away', async () => {
    const tables = openRepositories('postgresql://nobody:nothing@127.0.0.1:9/none');
    const failure = await attempt([mapFailures], () => tables.people.objectIdOf('T0TEST', 'U0ANA'));
    await tables.close();

    expect(failure).toMatchObject({
      type: 'LEDGER_UNAVAILABLE',
      nonRetryable: false,
      message: "expected the database to answer, got: Can't reach database server at 127.0.0.1:9",
    });
  });

  it('that is a refusal of ours is final for the work that a case can do without', async () => {
    expect(await mapped(refusal('GRAPH_FORBIDDEN'), 'block-sign-in.apply')).toMatchObject({ type: 'GRAPH_FORBIDDEN', nonRetryable: true });
    expect(await mapped(refusal('LEDGER_UNAVAILABLE'), 'block-sign-in.apply')).toMatchObject({ nonRetryable: false });
  });

  it.each(['people.verify', 'decision.record', 'history.export', 'pages.acknowledge', 'case.finish'])(
    'that is a refusal of ours is tried again in %s, because it would end the case',
    async (activity) => {
      expect(await mapped(refusal('LEDGER_REFUSED'), activity)).toMatchObject({ type: 'LEDGER_REFUSED', nonRetryable: false });
    },
  );

  it.each([
    ['a cancellation', new CancelledFailure('stop')],
    ['a completion from elsewhere', new CompleteAsyncError()],
  ])('that the engine itself made stays what it is: %s', async (_, error) => {
    expect(await mapped(error)).toBe(error);
  });
});

describe('an activity that keeps failing', () => {
  function paged({ takes = true }: { takes?: boolean } = {}) {
    const said: string[] = [];
    const pager = {
      takes,
      page: ({ dedupKey, summary }: { dedupKey: string; summary: string }) => {
        said.push(`page ${dedupKey.split('/')[1]}: ${summary}`);
        return Promise.resolve(pager.takes);
      },
      resolve: (keys: readonly string[]) => {
        said.push(...keys.map((key) => `resolve ${key.split('/')[1]}`));
        return Promise.resolve();
      },
    };
    const factory = pageFailingActivities({ pager, log: { error: () => undefined, info: () => undefined } });
    const run = (work: () => Promise<unknown>, what: Attempt = {}) => attempt([factory, mapFailures], work, what);
    return { said, pager, run };
  }
  const away = failing(refusal('LEDGER_UNAVAILABLE'));

  it('is paged once for its cause, however many there are, and resolved when all of them succeed again', async () => {
    const { said, run } = paged();
    await run(away, { since: 1_000 });
    expect(said).toEqual([]);
    await run(away, { since: MINUTE });
    await run(away, { since: MINUTE, activity: 'recheck' });
    expect(said).toEqual([expect.stringMatching(/^page ledger: .*block sign-in and revoke sessions/)]);

    await run(() => Promise.resolve(), { activity: 'recheck' });
    expect(said).toHaveLength(1);
    await run(() => Promise.resolve());
    expect(said.slice(1)).toEqual(['resolve ledger']);

    await run(away, { since: MINUTE });
    expect(said).toHaveLength(3);
  });

  it('is paged within a minute: the pauses between tries are at most 30 seconds', async () => {
    const { said, run } = paged();
    await run(away, { since: 30_500 });
    expect(said).toHaveLength(1);
  });

  it('is paged again with the next try while the pager takes nothing', async () => {
    const { said, pager, run } = paged({ takes: false });
    await run(away, { since: MINUTE });
    pager.takes = true;
    await run(away, { since: MINUTE });
    await run(away, { since: MINUTE });
    expect(said).toHaveLength(2);
  });

  it('is paged for a cause of its own when nobody knows the error, and when a refusal keeps a case waiting', async () => {
    const { said, run } = paged();
    await run(failing(new TypeError('odd')), { since: MINUTE });
    await run(failing(refusal('KEY_DESTROYED')), { since: MINUTE, activity: 'decision.record' });
    expect(said.map((line) => line.split(':')[0])).toEqual(['page unknown', 'page refused']);
  });

  it('is not paged here when the case itself handles the failure', async () => {
    const { said, run } = paged();
    await run(failing(refusal('GRAPH_THROTTLED')), { since: MINUTE });
    await run(failing(refusal('GRAPH_FORBIDDEN')), { since: MINUTE });
    expect(said).toEqual([]);
  });
});
