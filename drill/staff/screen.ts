// What stands in the responders' channels, as a person reads it: which message
// is the card of which case, which is the prompt of which plan, and what can be
// pressed there. Nothing is found by an id that a person does not see.
import { linesOf } from '../message-text.ts';
import { PLAN_KINDS, PLAN_STATES, type PlanKind, type PlanState } from '../scenarios/types.ts';
import type { TranscriptEntry } from '../slack/transcript.ts';
import type { Message, Workspace } from '../slack/types.ts';

export interface Card {
  readonly kind: 'card';
  readonly case: number;
  readonly message: Message;
  readonly lines: readonly string[];
}

export interface Prompt {
  readonly kind: 'prompt';
  readonly case: number;
  readonly group: PlanKind;
  readonly state: PlanState;
  /** The plan code that stands directly above the buttons. */
  readonly code: string | null;
  readonly message: Message;
}

/** @returns null for a message that is neither */
export function readMessage(message: Message): Card | Prompt | null {
  const header = headerOf(message);
  const number = /^Case (\d+)\b/.exec(header)?.[1];
  if (number === undefined) return null;
  const [, title = '', said = ''] = /^Case \d+: (\w+) plan, (.+)$/.exec(header) ?? [];
  const group = PLAN_KINDS.find((each) => each === title);
  const state = PLAN_STATES.find((each) => each === said);
  if (group === undefined || state === undefined) return { kind: 'card', case: Number(number), message, lines: linesOf(message) };
  return { kind: 'prompt', case: Number(number), group, state, code: codeAboveButtons(message), message };
}

function headerOf({ blocks }: Message): string {
  const [first] = blocks;
  return first?.type === 'header' ? first.text.text : '';
}

function codeAboveButtons({ blocks }: Message): string | null {
  const above = blocks[blocks.findIndex((block) => block.type === 'actions') - 1];
  return above?.type === 'section' ? (/\bplan code\D{0,3}(\d{4})\b/i.exec(above.text?.text ?? '')?.[1] ?? null) : null;
}

/** A button, or a line of a menu. */
export interface Pressable {
  readonly actionId: string;
  readonly blockId: string;
  readonly value?: string;
  /** Slack asks "are you sure?" first. */
  readonly asksFirst: boolean;
}

/**
 * What a person would press who was told to press this; capitals and the dots at the end do not matter.
 * @param named the caption ends with the name of a person
 */
export function findPressable({ blocks }: Message, caption: string, named = false): Pressable | null {
  const fits = (shown: string): boolean => (named ? bare(shown).startsWith(`${bare(caption)} `) : sameWords(shown, caption));
  for (const block of blocks) {
    if (block.type !== 'actions') continue;
    for (const element of block.elements) {
      const where = {
        actionId: element.action_id ?? '',
        blockId: block.block_id ?? '',
        asksFirst: 'confirm' in element && element.confirm !== undefined,
      };
      if (element.type === 'button' && fits(element.text.text)) {
        return { ...where, ...(element.value === undefined ? {} : { value: element.value }) };
      }
      if (element.type !== 'overflow') continue;
      const option = element.options.find((each) => fits(each.text.text));
      if (option !== undefined) return { ...where, value: option.value };
    }
  }
  return null;
}

const sameWords = (shown: string, wanted: string): boolean => bare(shown) === bare(wanted);
const bare = (text: string): string => text.replace(/[\s.…]+$/, '').toLowerCase();

/** By what a person is known on a card. */
export interface Known {
  readonly name: string;
  readonly accounts: readonly string[];
  readonly objectId: string;
}

/** `reader`: the account that reads; it sees only channels it is in. Without one everything is seen. */
export interface Screen {
  on(listener: () => void): () => void;
  /** The card of this person's newest case. */
  card(about: string, reader?: string): Card | null;
  /** The newest prompt of that case and group. */
  prompt(about: string, group: PlanKind, reader?: string): Prompt | null;
  /** One message as it stands now; null when it is gone. */
  at(message: Pick<Message, 'channel' | 'ts'>): Card | Prompt | null;
  /** Every code that prompts of that case and group have shown, in their order. */
  codes(about: string, group: PlanKind): readonly string[];
  /** Codes that stand elsewhere: at another group of this case, or at another case. */
  otherCodes(about: string, group: PlanKind, reader?: string): readonly string[];
  /** Has any prompt ever shown this code? */
  everShown(code: string): boolean;
}

export interface ScreenTools {
  readonly workspace: Pick<Workspace, 'as' | 'messages' | 'transcript'>;
  readonly channels: readonly string[];
  /** Everybody whose name could stand on a card. */
  readonly people: readonly string[];
  readonly known: (person: string) => Known;
}

export function openScreen({ workspace, channels, people, known }: ScreenTools): Screen {
  const shown = new Map<string, string[]>();
  const plan = (number: number, group: PlanKind): string => `${number}/${group}`;
  const listeners = new Set<() => void>();

  const remember = (message: Message): void => {
    const prompt = readMessage(message);
    if (prompt?.kind !== 'prompt' || prompt.code === null) return;
    const codes = shown.get(plan(prompt.case, prompt.group)) ?? [];
    if (codes.at(-1) !== prompt.code) shown.set(plan(prompt.case, prompt.group), [...codes, prompt.code]);
  };
  const noticed = (entry: TranscriptEntry): boolean => {
    if (entry.kind !== 'message.posted' && entry.kind !== 'message.updated' && entry.kind !== 'message.deleted') return false;
    if (!channels.includes(entry.message.channel)) return false;
    if (entry.kind !== 'message.deleted') remember(entry.message);
    return true;
  };
  for (const entry of workspace.transcript.entries()) noticed(entry);
  workspace.transcript.on((entry) => {
    if (noticed(entry)) for (const listener of Array.from(listeners)) listener();
  });

  const read = (channel: string, reader: string | undefined): readonly Message[] => {
    if (reader === undefined) return workspace.messages(channel);
    try {
      return workspace.as(reader).reads(channel);
    } catch {
      // Not in this channel: nothing of it is seen.
      return [];
    }
  };
  const seen = (reader?: string): readonly (Card | Prompt)[] =>
    channels
      .flatMap((channel) => read(channel, reader))
      .map(readMessage)
      .filter((each) => each !== null)
      .sort((a, b) => Number(a.message.ts) - Number(b.message.ts));

  /** A person looks for the name; when there is one case only and it names no one, it must be that. */
  const caseOf = (about: string, reader?: string): number | null => {
    const all = seen(reader);
    const cards = all.filter((each) => each.kind === 'card');
    const named = cards.filter((card) => isAbout(card, known(about))).map((card) => card.case);
    if (named.length > 0) return Math.max(...named);
    const numbers = [...new Set(all.map((each) => each.case))];
    const isSomebodyElses = cards.some((card) => people.some((person) => isAbout(card, known(person))));
    return numbers.length === 1 && !isSomebodyElses ? (numbers[0] ?? null) : null;
  };

  return {
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    card(about, reader) {
      const number = caseOf(about, reader);
      const cards = seen(reader).filter((each): each is Card => each.kind === 'card' && each.case === number);
      // Where the card may not be shown only its number stands: the one that says more is the card.
      return cards.findLast((card) => isAbout(card, known(about))) ?? cards.at(-1) ?? null;
    },
    prompt(about, group, reader) {
      const number = caseOf(about, reader);
      return (
        seen(reader).findLast((each): each is Prompt => each.kind === 'prompt' && each.case === number && each.group === group) ?? null
      );
    },
    at({ channel, ts }) {
      const message = workspace.messages(channel).find((each) => each.ts === ts);
      return message === undefined ? null : readMessage(message);
    },
    codes(about, group) {
      const number = caseOf(about);
      return number === null ? [] : (shown.get(plan(number, group)) ?? []);
    },
    otherCodes(about, group, reader) {
      const number = caseOf(about, reader);
      return seen(reader).flatMap((each) =>
        each.kind === 'prompt' && each.code !== null && (each.case !== number || each.group !== group) ? [each.code] : [],
      );
    },
    everShown: (code) => Array.from(shown.values()).some((codes) => codes.includes(code)),
  };
}

/** By the line that names the account. Who is mentioned there cannot be mistaken; a name alone could be part of another one. */
function isAbout({ lines }: Card, { name, accounts, objectId }: Known): boolean {
  const account = lines.filter((line) => /^account\b/i.test(line));
  return (account.length > 0 ? account : lines).some((line) => {
    const mentioned = line.match(/@[UW][A-Z0-9]+/g);
    if (mentioned !== null) return accounts.some((id) => mentioned.includes(`@${id}`));
    return line.includes(name) || line.includes(objectId);
  });
}
