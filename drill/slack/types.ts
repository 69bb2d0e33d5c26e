/**
 * What a practice workspace is made from and what can be held of it. Everything
 * else in this folder is behind these types.
 */
import type { Block, MessageBlock } from './block-kit/blocks.ts';
import type { Faults } from './faults.ts';
import type { Transcript } from './transcript.ts';

export interface SlackPersonSeed {
  /** `U…` or `W…`. */
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly email?: string;
  /** Multi-channel guest. */
  readonly restricted?: boolean;
  /** Single-channel guest. */
  readonly ultraRestricted?: boolean;
  /** From another organisation, seen through a shared channel. */
  readonly stranger?: boolean;
  readonly bot?: boolean;
  /** Deactivated. */
  readonly deleted?: boolean;
  /** Another team than the workspace's own. */
  readonly teamId?: string;
}

export interface ChannelSeed {
  /** `C…` or `G…`. */
  readonly id: string;
  readonly name: string;
  readonly private: boolean;
  /** User ids. The bot is a member only when its user id is among them. */
  readonly members: readonly string[];
  readonly externallyShared?: boolean;
  readonly archived?: boolean;
}

export interface TeamSeed {
  readonly id: string;
  readonly domain: string;
  readonly name: string;
}

export interface WorkspaceOptions {
  readonly team: TeamSeed;
  readonly appId: string;
  readonly botUserId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly people: readonly SlackPersonSeed[];
  readonly channels: readonly ChannelSeed[];
  /** Every id, and every choice among connections, is drawn from it. */
  readonly seed: number;
  /** Scopes of the bot token; by default those of the app's manifest (see `scopes.ts`). */
  readonly botScopes?: readonly string[];
  /** JSON Lines, one entry a line, written as it happens. */
  readonly transcriptFile?: string;
  /** Milliseconds since 1970; stamps messages and ages triggers and response URLs. */
  readonly clock?: () => number;
  /** How many times faster than Slack's the rate windows refill. Default 1. */
  readonly rateScale?: number;
  /** How long Slack waits for an ack and keeps a trigger, in ms. Default 3,000, as the real one. */
  readonly patienceMs?: number;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
}

/** A message as people and `conversations.history` see it. */
export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly MessageBlock[];
  readonly botId?: string;
  readonly threadTs?: string;
  readonly metadata?: MessageMetadata;
  /** When it was last changed, as a message timestamp. */
  readonly editedTs?: string;
  /** 1 when posted, one more with each change. */
  readonly version: number;
}

export interface MessageMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

export interface EphemeralMessage {
  readonly channel: string;
  readonly ts: string;
  readonly to: string;
  readonly text: string;
  readonly blocks: readonly MessageBlock[];
}

/** A modal or Home tab as it stands. */
export interface View {
  readonly id: string;
  readonly type: 'modal' | 'home';
  readonly person: string;
  readonly title?: string;
  readonly submit?: string;
  readonly close?: string;
  readonly blocks: readonly Block[];
  readonly callbackId: string;
  readonly externalId: string;
  readonly privateMetadata: string;
  readonly clearOnClose: boolean;
  readonly notifyOnClose: boolean;
  readonly hash: string;
  readonly rootViewId: string;
  readonly previousViewId?: string;
}

/** What Slack would carry to the app; `deliver` sends it exactly as given. */
export interface Envelope {
  readonly envelope_id?: string;
  readonly type: string;
  readonly payload?: unknown;
  readonly accepts_response_payload?: boolean;
  readonly retry_attempt?: number;
  readonly retry_reason?: string;
}

/** What became of one envelope. Times in ms. */
export type Delivery =
  | { readonly kind: 'acked'; readonly within: number; readonly connection: string; readonly payload: unknown }
  | { readonly kind: 'timed-out'; readonly after: number }
  | { readonly kind: 'undelivered'; readonly why: string };

export type FillValue =
  | { readonly value: string }
  | { readonly option: string }
  | { readonly userId: string }
  | { readonly options: readonly string[] }
  | { readonly userIds: readonly string[] }
  | { readonly date: string }
  | { readonly time: string }
  | { readonly dateTime: number };

export type Fill = { readonly blockId: string; readonly actionId: string } & FillValue;

/** One field a person can fill in, as it is shown. */
export interface InputOnScreen {
  readonly blockId: string;
  readonly actionId: string;
  readonly type: string;
  readonly label: string;
  readonly required: boolean;
  readonly options: readonly { readonly value: string; readonly text: string }[];
}

export type SubmitOutcome =
  | { readonly kind: 'closed' }
  /** `by: 'slack'`: Slack itself refused the input and sent nothing to the app. */
  | { readonly kind: 'errors'; readonly by: 'app' | 'slack'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'updated'; readonly view: View }
  | { readonly kind: 'pushed'; readonly modal: OpenModal }
  /** The text Slack would show; the modal stays open. */
  | { readonly kind: 'failed'; readonly text: string };

export interface OpenModal {
  /** The view as it stands now: it changes when the app updates it. */
  readonly view: View;
  /** False once closed, by the person or by the app. */
  readonly open: boolean;
  inputs(): readonly InputOnScreen[];
  /** Throws, as a sentence, what the client would not let a person do: no such input, no such option, too long. */
  fill(what: Fill): void;
  /** Presses a button or picks an option inside the modal. */
  press(what: { readonly actionId: string; readonly blockId?: string; readonly value?: string }): Promise<ClickOutcome>;
  submit(): Promise<SubmitOutcome>;
  close(): Promise<void>;
}

export interface ClickOutcome {
  readonly acked: boolean;
  readonly within: number;
  /** What Slack shows when the app did not answer. */
  readonly text?: string;
  /** The modal the app opened with this click's trigger; undefined once the trigger has run out unused. */
  modal(): Promise<OpenModal | undefined>;
}

export interface ClickTarget {
  readonly channel: string;
  readonly ts: string;
  readonly actionId: string;
  /** Of a button, only to tell two alike apart; of a menu, the option to pick (a user id for a people menu). */
  readonly value?: string;
  readonly blockId?: string;
}

/** What one person can do in the workspace. */
export interface SlackUser {
  readonly id: string;
  /** Rejects with `SlackSaid` (the text the person would see) when no modal opens in time. */
  openShortcut(callbackId: string): Promise<OpenModal>;
  click(target: ClickTarget): Promise<ClickOutcome>;
  openHome(): Promise<{ readonly acked: boolean; readonly within: number }>;
  /** Writes into a channel the person is in. The app is not told: it does not listen to conversations. */
  write(channel: string, text: string): Message;
  /** The Home tab as last published for this person. */
  home(): View | undefined;
  /** Messages the person can read in a channel they are in; throws when they are not. */
  reads(channel: string): readonly Message[];
  /** Messages shown only to this person. */
  ephemerals(): readonly EphemeralMessage[];
}

export interface ConnectionInfo {
  readonly id: string;
  readonly openedAt: string;
}

export interface Workspace {
  readonly port: number;
  /** `http://127.0.0.1:PORT/api/`: what goes into `slackApiUrl`. */
  readonly apiUrl: string;
  readonly team: TeamSeed;
  readonly transcript: Transcript;
  readonly faults: Faults;
  as(userId: string): SlackUser;
  messages(channelId: string): readonly Message[];
  /** What the app and this person wrote to each other. */
  dm(userId: string): readonly Message[];
  connections(): readonly ConnectionInfo[];
  /** Sends any envelope as it is, wrong ones too, and says what became of it. */
  deliver(envelope: Envelope): Promise<Delivery>;
  /** Changes who is in a channel; the app is told of people who join, when it is in there itself. */
  join(channelId: string, userId: string): Promise<void>;
  leave(channelId: string, userId: string): void;
  stop(): Promise<void>;
}
