// RFC 8785 bytes: one spelling for one value, so that a hash means something.
// Contends with values that JSON would bend in silence (a Date, NaN, half a
// surrogate pair, undefined): they are refused, because a ledger must
// not change what it stores.
import canonicalize from 'canonicalize';
import { RunbookError } from '../domain/errors.ts';

/** What a reader may rely on. Wide for us, and narrow enough for a hostile file. */
export const MAX_BYTES = 1024 * 1024;
export const MAX_DEPTH = 64;

const HALF_A_PAIR = /\p{Surrogate}/u;
const encoder = new TextEncoder();

/**
 * The RFC 8785 bytes of a plain JSON value.
 *
 * @throws RunbookError LEDGER_REFUSED naming the place of what JSON cannot express
 */
export function canonicalBytes(value: unknown): Uint8Array {
  requireCanonicalJson(value);
  const bytes = encoder.encode(canonicalize(value));
  if (bytes.length > MAX_BYTES) refuse('$', `at most ${MAX_BYTES} bytes`, `${bytes.length}`);
  return bytes;
}

/** @throws RunbookError LEDGER_REFUSED for a value that JSON bends or cannot express, or that goes too deep to walk */
export function requireCanonicalJson(value: unknown, path = '$', depth = 0): void {
  if (depth > MAX_DEPTH) refuse(path.slice(0, 60), `at most ${MAX_DEPTH} levels`, 'more');
  switch (typeof value) {
    case 'boolean':
      return;
    case 'string':
      return refuseBrokenText(value, path);
    case 'number':
      if (!Number.isFinite(value)) refuse(path, 'a finite number', String(value));
      return;
    case 'object':
      if (value === null) return;
      if (Array.isArray(value)) return refuseInArray(value, path, depth);
      return refuseInObject(value, path, depth);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      refuse(path, 'a JSON value', typeof value);
  }
}

function refuseInArray(values: readonly unknown[], path: string, depth: number): void {
  // By index: forEach would pass over holes.
  for (let index = 0; index < values.length; index += 1) requireCanonicalJson(values[index], `${path}[${index}]`, depth + 1);
}

function refuseInObject(value: object, path: string, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Two steps up, so that a plain object of another realm is plain as well.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) refuse(path, 'a plain object', value.constructor.name);
  if ('toJSON' in value && typeof value.toJSON === 'function') refuse(path, 'a plain object', 'one with toJSON');
  for (const [key, inner] of Object.entries(value)) {
    refuseBrokenText(key, path);
    requireCanonicalJson(inner, `${path}.${key}`, depth + 1);
  }
}

function refuseBrokenText(text: string, path: string): void {
  if (HALF_A_PAIR.test(text)) refuse(path, 'well-formed Unicode', 'half a surrogate pair');
  // JSON can express U+0000, PostgreSQL cannot read it.
  if (text.includes('\u0000')) refuse(path, 'text without U+0000', 'one');
}

function refuse(path: string, expected: string, got: string): never {
  throw new RunbookError('LEDGER_REFUSED', `expected ${expected} at ${path}, got ${got}`);
}
