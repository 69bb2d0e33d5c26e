// The ledger, as the rest of the product uses it. What has been appended stays:
// the first write of a key wins, and a repeated write returns the entry that
// stands. Personal values and raw answers go in as attachments, sealed here.
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { EventKind, LedgerEvent } from '../domain/case/events.ts';
import type { CaseId, Chain, ObjectId, TenantChain, TenantId } from '../domain/ids.ts';
import { planKey } from '../domain/plan.ts';
import type { Change, StepName, Target } from '../domain/step.ts';
import { type ChainKeys, chainKeys } from './case-keys.ts';
import { aboutCase, type CaseAbout, type Cases, findCase, type NumberedCase, openCases, wasContained } from './cases.ts';
import { openPool } from './database.ts';
import { type Append, type Appended, appendEntries, type BlockLimit, knowsKey, readEntries, readEntry, readSealed } from './entries.ts';
import type { StoredEntry } from './entry.ts';
import type { Intent } from './intent.ts';
import { listen, type Stop } from './listen.ts';
import { intentFrom, intentKey, orderedBy } from './read-intent.ts';
import { type About, type Opened, open, seal } from './sealing.ts';

/** What is kept beside an entry: a JSON value, or bytes. */
export interface AttachmentDraft {
  readonly name: string;
  readonly content: unknown;
  readonly about?: About;
}

export interface EntryDraft {
  readonly chain: CaseId | TenantChain;
  /** Unique in its chain, and the same when the write is repeated. */
  readonly key: string;
  /** When it happened, ISO; now, by this process's clock, unless said. */
  readonly at?: string;
  readonly actor: string;
  readonly event: LedgerEvent;
  readonly attachments?: readonly AttachmentDraft[];
  /** A key of the same chain that must not stand yet: this and that exclude each other. */
  readonly unless?: string;
}

export interface IntentPlace {
  readonly caseId: CaseId;
  readonly attempt: number;
  readonly step: StepName;
  readonly target: Target;
}

/** Who ordered the change: the policy, with the blockLimit that goes with it, or people by a plan. */
export type OrderedBy =
  | { readonly kind: 'policy'; readonly blockLimit: BlockLimit | null }
  | { readonly kind: 'plan'; readonly digest: string };

export interface IntentDraft {
  readonly caseId: CaseId;
  readonly attempt: number;
  readonly step: StepName;
  /** All of them are intended, or none. */
  readonly changes: readonly Change[];
  readonly by: OrderedBy;
  /** The entry whose change is taken back; null when this is no undo. */
  readonly undoes: string | null;
  readonly actor: string;
  /** The raw answers that `from` was read from. */
  readonly evidence: readonly AttachmentDraft[];
}

/** Every method throws RunbookError: LEDGER_UNAVAILABLE to be tried again, LEDGER_REFUSED or KEY_DESTROYED for a person. */
export interface Ledger {
  /** Stores a batch, whole or not at all, in one round trip (two at the first attachment of a chain). Answers in the order of the batch. */
  append(drafts: readonly EntryDraft[]): Promise<Appended[]>;
  /**
   * Stores what is about to change, in one transaction with the beginning of its plan. What was stored before keeps the
   * change of that time, `from` included. In the order of the changes.
   *
   * @throws RunbookError LEDGER_SUPERSEDED when the plan was declined first, BLOCK_LIMIT_REACHED when the policy has blocked too many
   */
  intend(draft: IntentDraft): Promise<Intent[]>;
  intentOf(place: IntentPlace): Promise<Intent | undefined>;
  /** Gives the case its number and its key, once. `openedAt`: database clock, ms. */
  openCase(file: {
    readonly caseId: CaseId;
    readonly tenant: TenantId;
    readonly subject: ObjectId;
    readonly workflowId: string;
  }): Promise<Cases>;
  /** The case that people call by this number. */
  caseByNumber(number: number): Promise<NumberedCase | undefined>;
  /** Whose account a case is about. */
  caseById(caseId: CaseId): Promise<CaseAbout | undefined>;
  entries(chain: Chain, options?: { readonly fromSeq?: number }): Promise<StoredEntry[]>;
  /** Whether that chain holds this key with this kind; any chain, where none is named. */
  knows(key: string, kind: EventKind, chain?: Chain): Promise<boolean>;
  /** Was a containment of this person's own account confirmed, and never released as a false alarm? */
  wasContained(person: ObjectId): Promise<boolean>;
  /** Opens one attachment. @throws RunbookError KEY_DESTROYED once the chain is erased */
  attachment(chain: Chain, seq: number, name: string): Promise<Opened>;
  /** The same as it is kept and hashed. */
  sealed(chain: Chain, seq: number, name: string): Promise<Buffer>;
  /** Names each chain that has grown, also what grew while the connection was down. */
  listen(onChain: (chain: string) => void): Promise<Stop>;
  /**
   * Makes a value of a person comparable without storing it: the same text has the same fingerprint in this chain and no
   * meaning anywhere else, and none at all once the chain's key is destroyed.
   */
  fingerprinter(chain: CaseId | TenantChain): Promise<(text: string) => string>;
  /** Destroys the key of a case: what was sealed can never be read again, every hash still verifies. */
  eraseCase(caseId: CaseId): Promise<void>;
  close(): Promise<void>;
}

export interface LedgerSettings {
  /** Of the application's role; see `grantLogin`. */
  readonly databaseUrl: string;
  /** 32 bytes. Wraps the keys of the chains. */
  readonly masterKey: Uint8Array;
  readonly maxConnections?: number;
}

const CONNECTIONS = 8;

/** Opens the ledger. Nothing connects before the first call. */
export function openLedger({ databaseUrl, masterKey, maxConnections = CONNECTIONS }: LedgerSettings): Ledger {
  const pool = openPool(databaseUrl, maxConnections);
  const keys = chainKeys(pool, masterKey);
  const stops = new Set<Stop>();

  const append = async (drafts: readonly EntryDraft[], blockLimit: BlockLimit | null = null): Promise<Appended[]> =>
    appendEntries(pool, await Promise.all(drafts.map((draft) => prepare(keys, draft))), blockLimit);

  return {
    append: (drafts) => append(drafts),
    async intend({ caseId, attempt, step, changes, by, undoes, actor, evidence }) {
      const intended = changes.map(
        (change, index): EntryDraft => ({
          chain: caseId,
          key: intentKey({ attempt, step, target: change.target }),
          actor,
          event: {
            kind: 'step.intended',
            schemaVersion: 1,
            step,
            attempt,
            change,
            by: orderedBy(by),
            undoes,
          },
          ...(index === 0 ? { attachments: evidence } : {}),
        }),
      );
      const begun: EntryDraft[] =
        by.kind === 'policy'
          ? []
          : [
              {
                chain: caseId,
                key: planKey(by.digest, 'begun'),
                actor,
                event: { kind: 'plan.begun', schemaVersion: 1, digest: by.digest },
                unless: planKey(by.digest, 'declined'),
              },
            ];
      const entries = await append([...begun, ...intended], by.kind === 'policy' ? by.blockLimit : null);
      return entries.slice(begun.length).map((entry) => intentFrom(caseId, entry));
    },
    async intentOf({ caseId, ...place }) {
      const entry = await readEntry(pool, caseId, intentKey(place));
      return entry === undefined ? undefined : intentFrom(caseId, entry);
    },
    async openCase(file) {
      // Its key is made beside its number: the first sealed attachment is about to come, and an account waits to be closed.
      const [opened] = await Promise.all([openCases(pool, file), keys.forSealing(file.caseId)]);
      return opened;
    },
    caseByNumber: (number) => findCase(pool, number),
    caseById: (caseId) => aboutCase(pool, caseId),
    entries: (chain, { fromSeq = 1 } = {}) => readEntries(pool, chain, fromSeq),
    knows: (key, kind, chain) => knowsKey(pool, key, kind, chain ?? null),
    wasContained: (person) => wasContained(pool, person),
    async attachment(chain, seq, name) {
      const sealed = await readSealed(pool, chain, seq, name);
      return open(await keys.forOpening(chain), { chain, name }, sealed);
    },
    sealed: (chain, seq, name) => readSealed(pool, chain, seq, name),
    async listen(onChain) {
      const stop = await listen(databaseUrl, onChain);
      stops.add(stop);
      return async () => {
        stops.delete(stop);
        await stop();
      };
    },
    async fingerprinter(chain) {
      const key = Buffer.from(hkdfSync('sha256', await keys.forSealing(chain), '', 'unapprove fingerprint', 32));
      return (text) => createHmac('sha256', key).update(text, 'utf8').digest('hex');
    },
    eraseCase: (caseId) => keys.destroy(caseId),
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
      await pool.end();
    },
  };
}

async function prepare(keys: ChainKeys, draft: EntryDraft): Promise<Append> {
  const { kind, schemaVersion, ...body } = draft.event;
  const { chain } = draft;
  const sealed = await Promise.all(
    (draft.attachments ?? []).map(async ({ name, ...what }) => ({
      name,
      bytes: await seal(await keys.forSealing(chain), { chain, name }, what),
    })),
  );
  return {
    sealed,
    unless: draft.unless ?? null,
    content: {
      case: chain,
      key: draft.key,
      at: draft.at ?? new Date().toISOString(),
      kind,
      schemaVersion,
      actor: draft.actor,
      body,
      attachments: sealed.map(({ name, bytes }) => ({
        name,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
      })),
    },
  };
}
