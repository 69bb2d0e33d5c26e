// Which messages a case should have in Slack now, and who may read which. Read
// top to bottom, this is the whole of what leaves the record towards Slack.
import type { CaseView } from '../domain/case-view.ts';
import type { CaseId, ObjectId } from '../domain/ids.ts';
import type { AudienceReader } from './audience.ts';
import type { Placed } from './poster.ts';
import type { People, Posts } from './tables.ts';
import { caseCard, hiddenCard, type KnownPerson, type Names } from './views/case-card.ts';
import { colleagueNote, subjectNote } from './views/subject-note.ts';

export interface Places {
  /** The private channel of the responders. */
  readonly responderChannel: string;
  /** Where the card goes when the subject reads the first; null when there is none. */
  readonly standbyChannel: string | null;
  readonly callBackNumber: string;
}

export interface ProjectionTools {
  readonly people: People;
  readonly posts: Pick<Posts, 'find'>;
  readonly audience: AudienceReader;
}

export interface Projection {
  readonly placed: readonly Placed[];
  /** Readers could not be asked: worth another look soon. */
  readonly uncertain: boolean;
  /** No channel shows the card. */
  readonly nowhere: boolean;
}

export async function projectCase(
  tools: ProjectionTools,
  places: Places,
  caseId: CaseId,
  view: CaseView,
  nowMs: number,
): Promise<Projection> {
  const subject = await tools.people.slackIdsOf(view.subject);
  const names = await namesOf(tools.people, view);
  const card = caseCard(view, names, nowMs);

  const main = await tools.audience.of(places.responderChannel, subject);
  const placed: Placed[] = [
    {
      postKey: `card/${caseId}/${places.responderChannel}`,
      caseId,
      to: { channel: places.responderChannel },
      message: main.kind === 'shown' ? card : hiddenCard(view.number, main.because),
    },
  ];
  let uncertain = main.kind === 'hidden' && main.because === 'unreadable';
  let nowhere = main.kind === 'hidden';

  const { standbyChannel } = places;
  if (standbyChannel !== null) {
    const postKey = `card/${caseId}/${standbyChannel}`;
    // Once it stands there it is kept true, also when the first channel shows the card again.
    const stands = (await tools.posts.find(postKey))?.state === 'sent';
    if (nowhere || stands) {
      const standby = await tools.audience.of(standbyChannel, subject);
      uncertain ||= standby.kind === 'hidden' && standby.because === 'unreadable';
      if (standby.kind === 'shown') {
        nowhere = false;
        placed.push({ postKey, caseId, to: { channel: standbyChannel }, message: card });
      } else if (stands) {
        placed.push({ postKey, caseId, to: { channel: standbyChannel }, message: hiddenCard(view.number, standby.because) });
      }
    }
  }

  // A subject who did not report gets no message. Their Slack may be the
  // intruder's, who would learn from it that the doors are being shut; people
  // call them instead, on the number the company knew before the case.
  for (const reporter of reportersOf(view)) {
    const slackId = names.get(reporter)?.slackId ?? null;
    if (slackId === null) continue;
    placed.push({
      postKey: `note/${caseId}/${slackId}`,
      caseId,
      to: { person: slackId },
      message: reporter === view.subject ? subjectNote(view, places) : colleagueNote(view, places),
    });
  }
  return { placed, uncertain, nowhere };
}

const reportersOf = (view: CaseView): ObjectId[] => [...new Set(view.reports.map((report) => report.reporter))];

async function namesOf(people: People, view: CaseView): Promise<Names> {
  const ids = [...new Set([view.subject, ...reportersOf(view)])];
  return new Map(await Promise.all(ids.map(async (id): Promise<[ObjectId, KnownPerson]> => [id, await people.nameOf(id)])));
}
