// Which messages a case should have in Slack now, and who may read which. Read
// top to bottom, this is the whole of what leaves the record towards Slack.
import type { CaseView } from '../domain/case/view.ts';
import type { CaseId, ObjectId } from '../domain/ids.ts';
import { labelsKey, planName } from '../domain/plan.ts';
import type { PlanView } from '../domain/plan-view.ts';
import type { ChannelVisibility, ChannelVisibilityReader } from './channel-visibility.ts';
import { notCounted } from './plan-wording.ts';
import type { OutgoingMessage } from './poster.ts';
import type { Display, People, Posts } from './tables.ts';
import { type CardTexts, caseCard, hiddenCard } from './views/case-card.ts';
import { isCurrent, newsMessage } from './views/case-news.ts';
import { type Message, plainMessage } from './views/message.ts';
import type { KnownPerson, Names } from './views/person.ts';
import { type Labels, NO_NAMES, namesThings } from './views/plan-lines.ts';
import { planPrompt } from './views/plan-prompt.ts';
import { MOST_REPORTS } from './views/reporter-words.ts';
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
  readonly display: Display;
  readonly posts: Pick<Posts, 'find'>;
  readonly audience: ChannelVisibilityReader;
}

export interface Projection {
  readonly placed: readonly OutgoingMessage[];
  /** Who reads could not be asked, or those who should not may leave without a word: worth another look soon. */
  readonly uncertain: boolean;
  /** A plan that people are asked about, and nobody vouches for the names in it: they may still come. */
  readonly namesUnsure: boolean;
  /** What a reporter wrote, or the number to call, is not there to be shown: it may still come. */
  readonly textsUnsure: boolean;
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
  const texts = await textsOf(tools.display, caseId, view);
  const card = caseCard(view, caseId, names, nowMs, texts);
  const prompts = await promptsOf(tools, caseId, view, names);

  const main = await tools.audience.of(places.responderChannel, subject);
  const placed: OutgoingMessage[] = [
    {
      postKey: `card/${caseId}/${places.responderChannel}`,
      caseId,
      to: { channel: places.responderChannel },
      message: main.kind === 'shown' ? card : hiddenCard(view.number, main.because),
    },
    ...(await promptsIn(tools, places.responderChannel, main, { caseId, view, prompts })),
    ...(await newsIn(tools, places.responderChannel, main, { caseId, view })),
  ];
  let uncertain = mayChangeSoon(main, view);
  let nowhere = main.kind === 'hidden';

  const { standbyChannel } = places;
  if (standbyChannel !== null) {
    const postKey = `card/${caseId}/${standbyChannel}`;
    // Once it stands there it is kept true, also when the first channel shows the card again.
    const stands = await mayStand(tools.posts, postKey);
    if (nowhere || stands) {
      const standby = await tools.audience.of(standbyChannel, subject);
      uncertain ||= mayChangeSoon(standby, view);
      if (standby.kind === 'shown') {
        nowhere = false;
        placed.push({ postKey, caseId, to: { channel: standbyChannel }, message: card });
      } else if (stands) {
        placed.push({ postKey, caseId, to: { channel: standbyChannel }, message: hiddenCard(view.number, standby.because) });
      }
      placed.push(...(await promptsIn(tools, standbyChannel, standby, { caseId, view, prompts })));
      if (stands || standby.kind === 'shown') placed.push(...(await newsIn(tools, standbyChannel, standby, { caseId, view })));
    }
  }

  // A subject who did not report gets no message. Their Slack may be the
  // attacker's, who would learn from it that the doors are being shut; people
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
  // What did not count is told to whoever did it, and to nobody else.
  for (const refusal of view.refusals) {
    const slackId = names.get(refusal.person)?.slackId ?? null;
    if (slackId === null) continue;
    const message = plainMessage(notCounted(view, refusal));
    placed.push({ postKey: `refusal/${caseId}/${refusal.seq}`, caseId, to: { person: slackId }, message });
  }
  return { placed, uncertain, namesUnsure: prompts.some((prompt) => prompt.unsure), textsUnsure: areUnsure(view, texts), nowhere };
}

/** The newest reports only: a card has no room for more. */
async function textsOf(display: Display, caseId: CaseId, view: CaseView): Promise<CardTexts> {
  const written = view.reports.filter(({ hasWords }) => hasWords).slice(-MOST_REPORTS);
  const [phone, ...words] = await Promise.all([
    view.phoneSha256 === null ? null : display.phone(caseId, view.phoneSha256),
    ...written.map(({ key, shownSha256 }) => (shownSha256 === null ? null : display.words(caseId, key, shownSha256))),
  ]);
  return { phone, words: new Map(written.map(({ key }, at) => [key, words[at] ?? null])) };
}

/** What the ledger vouches for is not there: it is stored a moment later, or somebody changed it. */
const areUnsure = (view: CaseView, { words, phone }: CardTexts): boolean =>
  view.outcome === null &&
  ((view.phoneSha256 !== null && phone === null) ||
    view.reports.some(({ key, shownSha256 }) => shownSha256 !== null && words.get(key) === null));

interface Prompt {
  /** The same for all revisions of one plan. */
  readonly name: string;
  readonly message: Message;
  readonly unsure: boolean;
  /** Nobody can do anything about it any more, and nothing came of it. */
  readonly isHistory: boolean;
}

async function promptsOf(tools: ProjectionTools, caseId: CaseId, view: CaseView, names: Names): Promise<Prompt[]> {
  return Promise.all(
    view.plans.map(async (plan) => {
      const labels = await labelsOf(tools.display, caseId, plan);
      return {
        name: planName(plan),
        message: planPrompt(view, caseId, plan, labels, names),
        unsure: labels === null && plan.state === 'asked' && view.outcome === null,
        isHistory: plan.state === 'expired' || plan.state === 'replaced',
      };
    }),
  );
}

/** What the things of a plan are called, when the record vouches for it. A plan without things needs no names. */
export async function labelsOf(display: Display, caseId: string, plan: PlanView): Promise<Labels> {
  const labels = await display.labels(caseId, labelsKey(plan.digest), plan.labelsSha256);
  return labels ?? (namesThings(plan) ? null : NO_NAMES);
}

/** Prompts stand where the card stands; where it may not be shown any more, what stood there is taken away. */
async function promptsIn(
  { posts }: ProjectionTools,
  channel: string,
  audience: ChannelVisibility,
  { caseId, view, prompts }: { readonly caseId: CaseId; readonly view: CaseView; readonly prompts: readonly Prompt[] },
): Promise<OutgoingMessage[]> {
  const placed: OutgoingMessage[] = [];
  for (const { name, message, isHistory } of prompts) {
    const postKey = `plan/${caseId}/${name}/${channel}`;
    if (audience.kind === 'shown') {
      // What was over before it could be shown is not asked of anybody now.
      if (!isHistory || (await mayStand(posts, postKey))) placed.push({ postKey, caseId, to: { channel }, message });
    } else if (await mayStand(posts, postKey)) {
      placed.push({ postKey, caseId, to: { channel }, message: hiddenCard(view.number, audience.because) });
    }
  }
  return placed;
}

/** In the thread of the card, under the same rule; what is not true any more is not posted now. */
async function newsIn(
  { posts }: ProjectionTools,
  channel: string,
  audience: ChannelVisibility,
  { caseId, view }: { readonly caseId: CaseId; readonly view: CaseView },
): Promise<OutgoingMessage[]> {
  const placed: OutgoingMessage[] = [];
  for (const news of view.news) {
    const postKey = `news/${caseId}/${news.seq}/${channel}`;
    const where = { postKey, caseId, to: { channel }, inThreadOf: `card/${caseId}/${channel}` };
    const stands = await mayStand(posts, postKey);
    if (audience.kind === 'shown' && (stands || isCurrent(view, news))) placed.push({ ...where, message: newsMessage(view, news) });
    else if (stands)
      placed.push({ ...where, message: hiddenCard(view.number, audience.kind === 'hidden' ? audience.because : 'unreadable') });
  }
  return placed;
}

/** Also one whose posting nobody saw succeed: the poster finds out, and changes it where it stands. */
async function mayStand(posts: ProjectionTools['posts'], postKey: string): Promise<boolean> {
  const post = await posts.find(postKey);
  return post !== null && post.state !== 'unsent';
}

/** Nobody tells us when a person has left a channel. */
const mayChangeSoon = (audience: ChannelVisibility, { outcome }: CaseView): boolean =>
  audience.kind === 'hidden' && (audience.because === 'unreadable' || (audience.because === 'subject-reads' && outcome === null));

const reportersOf = (view: CaseView): ObjectId[] => [...new Set(view.reports.map((report) => report.reporter))];

export async function namesOf(people: People, view: CaseView): Promise<Names> {
  const ids = [...new Set([view.subject, ...reportersOf(view), ...decidersOf(view)])];
  return new Map(await Promise.all(ids.map(async (id): Promise<[ObjectId, KnownPerson]> => [id, await people.nameOf(id)])));
}

const decidersOf = (view: CaseView): ObjectId[] =>
  [
    ...view.plans.flatMap((plan) => [...plan.approvedBy, plan.declinedBy, plan.askedBy]),
    ...view.refusals.map((refusal) => refusal.person),
    view.confirmedBy,
    view.heldBy,
    view.acknowledgedBy,
    view.callTakenBy,
  ].filter((person) => person !== null);
