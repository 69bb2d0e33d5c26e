/**
 * Modals and Home tabs, and the triggers that allow opening one. A trigger is
 * good once and only for a short time: an app that looks something up before
 * it opens its modal must feel that here.
 */
import { interactiveElements } from './block-kit/blocks.ts';
import { LIMITS } from './block-kit/limits.ts';
import type { ViewDefinition } from './block-kit/view.ts';
import type { Ids } from './ids.ts';
import type { TranscriptWriter } from './transcript.ts';
import type { View } from './types.ts';

export interface StoredView {
  readonly id: string;
  readonly person: string;
  readonly definition: ViewDefinition;
  readonly hash: string;
  readonly rootViewId: string;
  readonly previousViewId?: string;
}

export type ViewRefusal =
  | 'invalid_trigger_id'
  | 'expired_trigger_id'
  | 'exchanged_trigger_id'
  | 'push_limit_reached'
  | 'duplicate_external_id'
  | 'hash_conflict'
  | 'not_found';

export type ViewResult = { readonly kind: 'done'; readonly view: StoredView } | { readonly kind: 'refused'; readonly error: ViewRefusal };

export interface Views {
  /** A new trigger for what a person just did; `inView` when it happened inside a modal. */
  issueTrigger(person: string, inView?: string): string;
  /** The view that a trigger opened or pushed, as soon as it does. */
  whenExchanged(triggerId: string, then: (view: StoredView) => void): () => void;
  open(triggerId: string, definition: ViewDefinition): ViewResult;
  push(triggerId: string, definition: ViewDefinition): ViewResult;
  /** Puts a view on top of another without a trigger: `response_action: push`. */
  pushOnto(below: StoredView, definition: ViewDefinition): ViewResult;
  update(which: { readonly viewId: string } | { readonly externalId: string }, definition: ViewDefinition, hash?: string): ViewResult;
  publish(person: string, definition: ViewDefinition, hash?: string): ViewResult;
  find(viewId: string): StoredView | undefined;
  home(person: string): StoredView | undefined;
  close(view: StoredView): void;
  /** Closes the whole stack a view stands in. */
  closeAll(view: StoredView): void;
}

interface Trigger {
  readonly person: string;
  readonly issuedAt: number;
  readonly inView: string | undefined;
  used: boolean;
}

export function createViews(ids: Ids, clock: () => number, patienceMs: number, transcript: TranscriptWriter): Views {
  const triggers = new Map<string, Trigger>();
  const waiting = new Map<string, (view: StoredView) => void>();
  const modals = new Map<string, StoredView>();
  const homes = new Map<string, StoredView>();

  const newHash = (): string => `${Math.floor(clock() / 1000)}.${ids.hex(8)}`;
  const refused = (error: ViewRefusal): ViewResult => ({ kind: 'refused', error });
  const externalIdTaken = (definition: ViewDefinition, by?: string): boolean =>
    Boolean(definition.external_id) &&
    [...modals.values(), ...homes.values()].some((view) => view.definition.external_id === definition.external_id && view.id !== by);

  const exchange = (triggerId: string): Trigger | ViewRefusal => {
    const trigger = triggers.get(triggerId);
    if (trigger === undefined) return 'invalid_trigger_id';
    if (trigger.used) return 'exchanged_trigger_id';
    return clock() - trigger.issuedAt > patienceMs ? 'expired_trigger_id' : trigger;
  };
  const keep = (view: StoredView, kind: 'view.opened' | 'view.pushed' | 'view.updated' | 'view.published'): ViewResult => {
    (view.definition.type === 'home' ? homes : modals).set(view.definition.type === 'home' ? view.person : view.id, view);
    transcript.write({ kind, view: asView(view) });
    return { kind: 'done', view };
  };
  const announce = (triggerId: string, result: ViewResult): ViewResult => {
    if (result.kind === 'done') waiting.get(triggerId)?.(result.view);
    return result;
  };
  const depthOf = (view: StoredView): number => {
    const below = view.previousViewId === undefined ? undefined : modals.get(view.previousViewId);
    return below === undefined ? 1 : 1 + depthOf(below);
  };
  const pushOnto = (below: StoredView, definition: ViewDefinition): ViewResult => {
    if (depthOf(below) >= LIMITS.viewStack) return refused('push_limit_reached');
    if (externalIdTaken(definition)) return refused('duplicate_external_id');
    const id = ids.next('V');
    const named = withIds(definition, ids);
    return keep(
      { id, person: below.person, definition: named, hash: newHash(), rootViewId: below.rootViewId, previousViewId: below.id },
      'view.pushed',
    );
  };
  const close = (view: StoredView): void => {
    if (!modals.delete(view.id)) return;
    transcript.write({ kind: 'view.closed', view: asView(view) });
  };

  return {
    issueTrigger(person, inView) {
      const id = ids.triggerId();
      triggers.set(id, { person, issuedAt: clock(), inView, used: false });
      return id;
    },
    whenExchanged(triggerId, then) {
      waiting.set(triggerId, then);
      return () => void waiting.delete(triggerId);
    },
    open(triggerId, definition) {
      const trigger = exchange(triggerId);
      if (typeof trigger === 'string') return refused(trigger);
      if (externalIdTaken(definition)) return refused('duplicate_external_id');
      trigger.used = true;
      const id = ids.next('V');
      const view = { id, person: trigger.person, definition: withIds(definition, ids), hash: newHash(), rootViewId: id };
      return announce(triggerId, keep(view, 'view.opened'));
    },
    push(triggerId, definition) {
      const trigger = exchange(triggerId);
      if (typeof trigger === 'string') return refused(trigger);
      const below = trigger.inView === undefined ? undefined : modals.get(trigger.inView);
      if (below === undefined) return refused('not_found');
      trigger.used = true;
      return announce(triggerId, pushOnto(below, definition));
    },
    pushOnto,
    update(which, definition, hash) {
      const view =
        'viewId' in which ? modals.get(which.viewId) : [...modals.values()].find((one) => one.definition.external_id === which.externalId);
      if (view === undefined) return refused('not_found');
      if (hash !== undefined && hash !== view.hash) return refused('hash_conflict');
      if (externalIdTaken(definition, view.id)) return refused('duplicate_external_id');
      return keep({ ...view, definition: withIds(definition, ids), hash: newHash() }, 'view.updated');
    },
    publish(person, definition, hash) {
      const before = homes.get(person);
      if (hash !== undefined && hash !== before?.hash) return refused('hash_conflict');
      if (externalIdTaken(definition, before?.id)) return refused('duplicate_external_id');
      const id = before?.id ?? ids.next('V');
      return keep({ id, person, definition: withIds(definition, ids), hash: newHash(), rootViewId: id }, 'view.published');
    },
    find: (viewId) => modals.get(viewId) ?? [...homes.values()].find((view) => view.id === viewId),
    home: (person) => homes.get(person),
    close,
    closeAll(view) {
      for (const one of modals.values()) if (one.rootViewId === view.rootViewId) close(one);
    },
  };
}

/** The view as this package shows it to tests and to the score. */
export function asView({ id, person, definition, hash, rootViewId, previousViewId }: StoredView): View {
  const frame =
    definition.type === 'home'
      ? { clearOnClose: false, notifyOnClose: false }
      : {
          title: definition.title.text,
          ...(definition.submit === undefined ? {} : { submit: definition.submit.text }),
          ...(definition.close === undefined ? {} : { close: definition.close.text }),
          clearOnClose: definition.clear_on_close === true,
          notifyOnClose: definition.notify_on_close === true,
        };
  return {
    id,
    type: definition.type,
    person,
    ...frame,
    blocks: definition.blocks,
    callbackId: definition.callback_id ?? '',
    externalId: definition.external_id ?? '',
    privateMetadata: definition.private_metadata ?? '',
    hash,
    rootViewId,
    ...(previousViewId === undefined ? {} : { previousViewId }),
  };
}

/** Slack names every block and element that came without an id. */
export function withIds<T extends { readonly blocks: readonly Parameters<typeof interactiveElements>[0][] }>(holder: T, ids: Ids): T {
  const copy = structuredClone(holder);
  for (const block of copy.blocks) {
    block.block_id ??= ids.next('', 5);
    for (const element of interactiveElements(block)) element.action_id ??= ids.next('', 5);
  }
  return copy;
}
