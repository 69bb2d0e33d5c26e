// Looks for secrets in everything that was left behind, in the forms they could
// have taken on the way: as they are, in JSON, in base64, in hex, in a URL. A
// control planted on purpose must be found, or the search has seen nothing.
import type { Collected, Material, Needle } from './input.ts';

export interface SecretFound {
  readonly name: string;
  readonly material: Material;
  readonly where: string;
}

export interface SecretSearch {
  readonly found: readonly SecretFound[];
  /** Kinds of material in which the control was not found; must be empty. */
  readonly blindIn: readonly Material[];
  readonly searchedBytes: number;
}

/** Shorter values would be found by chance. */
const SHORTEST = 8;

/**
 * Searches every needle in every piece of material. The control is added to a
 * copy of the first piece of each kind, in one of the forms, before the search.
 */
export function searchSecrets(collected: readonly Collected[], needles: readonly Needle[], control: string): SecretSearch {
  const planted = plant(collected, control);
  const controlForms = formsOf(control);
  const found: SecretFound[] = [];
  for (const { name, value, mayStandIn = [] } of needles) {
    if (value.length < SHORTEST) continue;
    const forms = formsOf(value);
    for (const piece of collected) {
      if (mayStandIn.includes(piece.material)) continue;
      if (holds(piece.bytes, forms)) found.push({ name, material: piece.material, where: piece.name });
    }
  }
  const kinds = [...new Set(collected.map((piece) => piece.material))];
  return {
    found,
    blindIn: kinds.filter((kind) => !planted.some((piece) => piece.material === kind && holds(piece.bytes, controlForms))),
    searchedBytes: collected.reduce((sum, piece) => sum + piece.bytes.length, 0),
  };
}

function plant(collected: readonly Collected[], control: string): Collected[] {
  const forms = formsOf(control);
  const seen = new Set<Material>();
  return collected.map((piece, index) => {
    if (seen.has(piece.material)) return piece;
    seen.add(piece.material);
    const form = forms[index % forms.length] ?? control;
    const middle = Math.floor(piece.bytes.length / 2);
    return { ...piece, bytes: Buffer.concat([piece.bytes.subarray(0, middle), Buffer.from(form, 'utf8'), piece.bytes.subarray(middle)]) };
  });
}

function holds(bytes: Uint8Array, forms: readonly string[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return forms.some((form) => buffer.includes(form, 0, 'utf8'));
}

/** The value and its encoded forms. Base64 of a part of a text depends on where that part begins: all three places are covered. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), bytes.toString('hex')];
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters mix with what stands beside the value.
    const core = encoded.slice(shift === 0 ? 0 : shift + 1, -1);
    forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST - 1);
}
