// One key a chain, wrapped by the master key, in a table that no backup takes.
// Sealing may use a key kept in memory; opening always asks the table, so that
// a key destroyed by another process opens nothing here either.
import type { Pool } from 'pg';
import { RunbookError } from '../domain/errors.ts';
import { ask } from './database.ts';
import { KEY_BYTES, makeChainKey, unwrapChainKey } from './sealing.ts';

export interface ChainKeys {
  /** The key to seal under, made at the first use. */
  forSealing(chain: string): Promise<Uint8Array>;
  /** @throws RunbookError KEY_DESTROYED */
  forOpening(chain: string): Promise<Uint8Array>;
  destroy(chain: string): Promise<void>;
}

/** Most chains whose key stays in memory; the one used longest ago goes first. */
const MOST_KEPT = 1_000;

export function chainKeys(pool: Pool, masterKey: Uint8Array): ChainKeys {
  if (masterKey.length !== KEY_BYTES) {
    throw new RunbookError('LEDGER_REFUSED', `expected a master key of ${KEY_BYTES} bytes, got ${masterKey.length}`);
  }
  const kept = new Map<string, Promise<Uint8Array>>();

  const stored = async (chain: string): Promise<Uint8Array | null> => {
    const rows = await ask<{ wrapped: Buffer | null }>(pool, {
      name: 'ledger-key',
      text: 'SELECT wrapped FROM case_key WHERE chain = $1',
      values: [chain],
    });
    const [row] = rows;
    if (row === undefined) return null;
    if (row.wrapped === null) throw new RunbookError('KEY_DESTROYED', `expected the key of ${chain}, it was destroyed`);
    return unwrapChainKey(masterKey, chain, row.wrapped);
  };

  const made = async (chain: string): Promise<Uint8Array> => {
    const fresh = makeChainKey(masterKey, chain);
    const rows = await ask<{ chain: string }>(pool, {
      name: 'ledger-key-make',
      text: 'INSERT INTO case_key (chain, wrapped) VALUES ($1, $2) ON CONFLICT (chain) DO NOTHING RETURNING chain',
      values: [chain, fresh.wrapped],
    });
    if (rows.length === 1) return fresh.key;
    // Another process was first; its key is the one.
    const other = await stored(chain);
    if (other === null) throw new RunbookError('LEDGER_REFUSED', `expected the key of ${chain}, found it gone`);
    return other;
  };

  return {
    forSealing(chain) {
      const known = kept.get(chain);
      const key = known ?? made(chain);
      kept.delete(chain);
      kept.set(chain, key);
      if (known === undefined) {
        const oldest = kept.keys().next();
        if (kept.size > MOST_KEPT && oldest.done !== true) kept.delete(oldest.value);
        // A failure is not remembered: the next caller tries again.
        key.catch(() => {
          if (kept.get(chain) === key) kept.delete(chain);
        });
      }
      return key;
    },
    async forOpening(chain) {
      const key = await stored(chain);
      if (key === null) throw new RunbookError('LEDGER_REFUSED', `expected a key of ${chain}, nothing was ever sealed there`);
      return key;
    },
    async destroy(chain) {
      kept.delete(chain);
      // With it goes what people were shown of what it sealed. A chain that never sealed anything gets its tombstone too: nothing can be sealed there later.
      await ask(pool, {
        text: `WITH shown AS (DELETE FROM display WHERE case_id = $1)
               INSERT INTO case_key (chain, wrapped, destroyed_at) VALUES ($1, NULL, now())
               ON CONFLICT (chain) DO UPDATE SET wrapped = NULL, destroyed_at = now() WHERE case_key.destroyed_at IS NULL`,
        values: [chain],
      });
    },
  };
}
