/**
 * Says about blocks and views what Slack would say, before anything is stored.
 *
 * Pure. It contends with builders that are nearly right: every problem carries
 * a JSON pointer to the spot, so that a refused message can be repaired without
 * guessing. Stricter than Slack in one respect: a type that the product may not use is
 * refused even where Slack knows it.
 */
import { z } from 'zod';
import { type Block, type MessageBlock, messageBlock, viewBlock } from './blocks.ts';
import { LIMITS } from './limits.ts';
import { anyView, type ViewDefinition } from './view.ts';

/** One objection, in the shape that Slack's own `blocks.validate` uses. */
export interface Problem {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly constraint: { readonly type: string; readonly expected: string; readonly got: string };
}

export type Surface = 'message' | 'modal' | 'home';
export type Parsed<T> = { readonly kind: 'good'; readonly value: T } | { readonly kind: 'bad'; readonly problems: readonly Problem[] };

/** Parses the blocks of a message; unknown or over-long parts come back as problems. */
export function parseBlocks(blocks: unknown): Parsed<readonly MessageBlock[]> {
  return parse(z.array(messageBlock).max(LIMITS.blocks.message), blocks, '/blocks', duplicatesIn);
}

/** Parses a modal or a Home tab. The size limit is counted on the JSON bytes that would travel. */
export function parseView(view: unknown): Parsed<ViewDefinition> {
  return parse(anyView, view, '/view', (value) => duplicatesIn(value.blocks, '/view/blocks'));
}

/** All problems of blocks on a surface; an empty list means that Slack would take them. */
export function validateBlocks(blocks: unknown, surface: Surface): readonly Problem[] {
  const parsed =
    surface === 'message' ? parseBlocks(blocks) : parse(z.array(viewBlock).max(LIMITS.blocks[surface]), blocks, '/blocks', duplicatesIn);
  return parsed.kind === 'bad' ? parsed.problems : [];
}

/** All problems of a view, including those of its blocks. */
export function validateView(view: unknown): readonly Problem[] {
  const parsed = parseView(view);
  return parsed.kind === 'bad' ? parsed.problems : [];
}

/** The sentence Slack puts into `response_metadata.messages`. */
export function asSlackMessage(problem: Problem): string {
  return `[ERROR] ${problem.message} [json-pointer:${problem.pointer}]`;
}

function parse<T>(
  schema: z.ZodType<T>,
  input: unknown,
  root: string,
  alsoCheck: (value: T, root: string) => readonly Problem[],
): Parsed<T> {
  const outcome = schema.safeParse(input);
  const problems = outcome.success
    ? alsoCheck(outcome.data, root)
    : outcome.error.issues.flatMap((issue) => toProblems(issue, input, root));
  return outcome.success && problems.length === 0 ? { kind: 'good', value: outcome.data } : { kind: 'bad', problems };
}

/** Ids that Slack needs to be unique: a block's within the surface, an action's within its block. */
function duplicatesIn(blocks: readonly Block[], root: string): readonly Problem[] {
  const problems: Problem[] = [];
  const seenBlocks = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    if (block.block_id !== undefined) {
      if (seenBlocks.has(block.block_id)) problems.push(duplicate('block_id', block.block_id, `${root}/${index}/block_id`));
      seenBlocks.add(block.block_id);
    }
    if (block.type !== 'actions') continue;
    const seenActions = new Set<string>();
    for (const [position, element] of block.elements.entries()) {
      if (element.action_id === undefined) continue;
      if (seenActions.has(element.action_id)) {
        problems.push(duplicate('action_id', element.action_id, `${root}/${index}/elements/${position}/action_id`));
      }
      seenActions.add(element.action_id);
    }
  }
  return problems;
}

function duplicate(field: string, value: string, pointer: string): Problem {
  return {
    pointer,
    code: `duplicate_${field}`,
    message: `\`${field}\` "${value}" already exists`,
    constraint: { type: 'unique', expected: `a ${field} used once`, got: value },
  };
}

function toProblems(issue: z.core.$ZodIssue, input: unknown, root: string): readonly Problem[] {
  const at = (path: readonly PropertyKey[]): string => [root, ...path.map((part) => escapePointer(String(part)))].join('/');
  const found = valueAt(input, issue.path);
  const make = (
    code: string,
    message: string,
    type: string,
    expected: string,
    got: string,
    path: readonly PropertyKey[] = issue.path,
  ): Problem => ({
    pointer: at(path),
    code,
    message,
    constraint: { type, expected, got },
  });
  switch (issue.code) {
    case 'invalid_type': {
      if (found !== undefined) return [make('invalid_type', `must provide a ${issue.expected}`, 'type', issue.expected, typeName(found))];
      const field = String(issue.path.at(-1) ?? 'value');
      return [make('missing_field', `missing required field: ${field}`, 'required', field, 'nothing', issue.path.slice(0, -1))];
    }
    case 'unrecognized_keys':
      return issue.keys.map((key) => make('unknown_field', `invalid additional property: ${key}`, 'known', 'a field Slack knows', key));
    case 'too_big':
      return issue.origin === 'string'
        ? [make('too_long', `must be less than ${Number(issue.maximum) + 1} characters`, 'maxLength', String(issue.maximum), sizeOf(found))]
        : issue.origin === 'array'
          ? [make('too_many', `no more than ${String(issue.maximum)} items allowed`, 'maxItems', String(issue.maximum), sizeOf(found))]
          : [make('too_big', `must be at most ${String(issue.maximum)}`, 'maximum', String(issue.maximum), sizeOf(found))];
    case 'too_small':
      return issue.origin === 'string'
        ? [
            make(
              'too_short',
              `must be more than ${Number(issue.minimum) - 1} characters`,
              'minLength',
              String(issue.minimum),
              sizeOf(found),
            ),
          ]
        : issue.origin === 'array'
          ? [make('too_few', `no fewer than ${String(issue.minimum)} items allowed`, 'minItems', String(issue.minimum), sizeOf(found))]
          : [make('too_small', `must be at least ${String(issue.minimum)}`, 'minimum', String(issue.minimum), sizeOf(found))];
    case 'invalid_union': {
      if (found === undefined)
        return [make('missing_field', 'missing required field: type', 'required', 'type', 'nothing', issue.path.slice(0, -1))];
      return [make('unsupported_type', `unsupported type: ${short(found)}`, 'type', 'a type of the house set allowed here', short(found))];
    }
    case 'invalid_value':
      return found === undefined
        ? [
            make(
              'missing_field',
              `missing required field: ${String(issue.path.at(-1))}`,
              'required',
              String(issue.path.at(-1)),
              'nothing',
              issue.path.slice(0, -1),
            ),
          ]
        : [
            make(
              'invalid_value',
              `must be one of: ${issue.values.map(String).join(', ')}`,
              'enum',
              issue.values.map(String).join(', '),
              short(found),
            ),
          ];
    case 'custom':
      return [make(paramOf(issue, 'code', 'invalid'), issue.message, 'rule', paramOf(issue, 'expected', issue.message), short(found))];
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return [make('invalid_format', issue.message, 'format', issue.code, short(found))];
  }
}

function paramOf(issue: z.core.$ZodIssueCustom, name: string, otherwise: string): string {
  const value: unknown = issue.params?.[name];
  return typeof value === 'string' ? value : otherwise;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function sizeOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length} characters`;
  return Array.isArray(value) ? `${value.length} items` : short(value);
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
