// Which messages a case should have in Slack now, and who may read them. Nothing else of the ledger is sent to Slack.
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
import { hasNamedItems, type Labels, NO_NAMES } from './views/plan-lines.ts';
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
  /** The readers could not be read, or may change without a notification: check again soon. */
  readonly uncertain: boolean;
  /** An open plan whose names do not match the ledger, or are not stored yet. */
  readonly namesUnsure: boolean;
  /** A reporter's text or the number to call is not stored yet. */
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
    // Once posted, it is kept up to date, also when the first channel shows the card again.
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

  // A subject who did not report gets no message: an attacker in their Slack would learn of the containment. People call
  // them, on the number that the company knew before the case.
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
  // A refusal is told to the person who acted, and to no one else.
  for (const refusal of view.refusals) {
    const slackId = names.get(refusal.person)?.slackId ?? null;
    if (slackId === null) continue;
    const message = plainMessage(notCounted(view, refusal));
    placed.push({ postKey: `refusal/${caseId}/${refusal.seq}`, caseId, to: { person: slackId }, message });
  }
  return { placed, uncertain, namesUnsure: prompts.some((prompt) => prompt.unsure), textsUnsure: areUnsure(view, texts), nowhere };
}

/** Only the newest reports: a card has no room for more. */
async function textsOf(display: Display, caseId: CaseId, view: CaseView): Promise<CardTexts> {
  const written = view.reports.filter(({ hasWords }) => hasWords).slice(-MOST_REPORTS);
  const [phone, ...words] = await Promise.all([
    view.phoneSha256 === null ? null : display.phone(caseId, view.phoneSha256),
    ...written.map(({ key, shownSha256 }) => (shownSha256 === null ? null : display.words(caseId, key, shownSha256))),
  ]);
  return { phone, words: new Map(written.map(({ key }, at) => [key, words[at] ?? null])) };
}

/** The text that matches the ledger is missing: it is stored a moment later, or it was changed. */
const areUnsure = (view: CaseView, { words, phone }: CardTexts): boolean =>
  view.outcome === null &&
  ((view.phoneSha256 !== null && phone === null) ||
    view.reports.some(({ key, shownSha256 }) => shownSha256 !== null && words.get(key) === null));

interface Prompt {
  /** The same for all revisions of one plan. */
  readonly name: string;
  readonly message: Message;
  readonly unsure: boolean;
  /** It cannot be decided any more, and nothing of it was done. */
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

/** The names of a plan's items, when they match the ledger. A plan without items needs no names. */
export async function labelsOf(display: Display, caseId: string, plan: PlanView): Promise<Labels> {
  const labels = await display.labels(caseId, labelsKey(plan.digest), plan.labelsSha256);
  return labels ?? (hasNamedItems(plan) ? null : NO_NAMES);
}

/** Prompts are posted where the card is shown; where it may not be shown any more, they are removed. */
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
      // A plan that was over before it could be shown is not posted.
      if (!isHistory || (await mayStand(posts, postKey))) placed.push({ postKey, caseId, to: { channel }, message });
    } else if (await mayStand(posts, postKey)) {
      placed.push({ postKey, caseId, to: { channel }, message: hiddenCard(view.number, audience.because) });
    }
  }
  return placed;
}

/** In the thread of the card, under the same rule. News that is no longer true is not posted. */
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

/** Includes an unconfirmed post: the poster finds it and updates it. */
async function mayStand(posts: ProjectionTools['posts'], postKey: string): Promise<boolean> {
  const post = await posts.find(postKey);
  return post !== null && post.state !== 'unsent';
}

/** Slack sends no event to us when a person leaves a channel. */
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
