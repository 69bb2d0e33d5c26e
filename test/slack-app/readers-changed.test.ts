import { describe, expect, it } from 'vitest';
import type { CaseView } from '../../domain/case/view.ts';
import { caseId } from '../../domain/ids.ts';
import type { ChannelVisibility } from '../../slack-app/channel-visibility.ts';
import type { OutgoingMessage } from '../../slack-app/poster.ts';
import { type Projector, startProjector } from '../../slack-app/projector.ts';
import type { Post } from '../../slack-app/tables.ts';
import { CASE, closedCase } from './case-views.ts';
import { readable } from './readable.ts';

const CHANNEL = 'C0RESPOND';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface World {
  readonly projector: Projector;
  readonly posted: OutgoingMessage[];
  readers: ChannelVisibility;
}

/** A projector with a small reader, tables and Slack: the test is about when it refreshes. */
function projecting(view: CaseView): World {
  const posted: OutgoingMessage[] = [];
  const world: World = {
    posted,
    readers: { kind: 'shown' },
    projector: startProjector(
      {
        reader: {
          caseView: () => Promise.resolve(view),
          casesToShow: () => Promise.resolve([]),
          listen: () => Promise.resolve(() => Promise.resolve()),
          close: () => Promise.resolve(),
        },
        tables: {
          posts: {
            find: (): Promise<Post | null> => Promise.resolve(null),
            begin: () => Promise.resolve(),
            sent: () => Promise.resolve(),
            unsent: () => Promise.resolve(),
            casesIn: () => Promise.resolve([CASE]),
          },
          people: { slackIdsOf: () => Promise.resolve(['U0ANA']), nameOf: () => Promise.resolve({ slackId: 'U0ANA', name: null }) },
          display: { labels: () => Promise.resolve(null), words: () => Promise.resolve(null), phone: () => Promise.resolve(null) },
          close: () => Promise.resolve(),
        },
        poster: {
          deliver(placed) {
            if ('channel' in placed.to) posted.push(placed);
            return Promise.resolve('posted');
          },
        },
        audience: { of: () => Promise.resolve(world.readers), forget: () => undefined },
        mayWrite: () => true,
        log: silent,
      },
      { responderChannel: CHANNEL, standbyChannel: null, callBackNumber: '+44 20 7946 0123' },
    ),
  };
  return world;
}

describe('when a person joins the channel', () => {
  it('the very next refresh removes what they must not read, however new it is', async () => {
    // Its second time has not passed, so the case is remembered between two refreshes.
    const world = projecting({ ...closedCase, effectiveBy: Date.now() + 3_600_000 });
    await world.projector.refresh(caseId(CASE));
    expect(world.posted.map(({ message }) => readable(message).includes('U0ANA'))).toEqual([true]);

    world.readers = { kind: 'hidden', because: 'subject-reads' };
    await world.projector.readersChanged(CHANNEL);
    expect(world.posted.map(({ message }) => readable(message).includes('U0ANA'))).toEqual([true, false]);
    await world.projector.stop();
  });

  it('what can wait does wait, when no one joined', async () => {
    const world = projecting({ ...closedCase, effectiveBy: Date.now() + 3_600_000 });
    await world.projector.refresh(caseId(CASE));
    await world.projector.refresh(caseId(CASE));
    expect(world.posted).toHaveLength(1);
    await world.projector.stop();
  });
});
