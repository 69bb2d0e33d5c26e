/**
 * Lists, selections and pages as Graph answers them. An option that a call does
 * not document is a 400; a page may end early and always says where the next page starts.
 */
import { badRequest, unsupportedQuery } from '../answers.ts';
import { type Filterable, fits, parseFilter } from './filter.ts';

export type Item = Readonly<Record<string, unknown>>;

export interface ListRules {
  readonly type: string;
  /** Properties that may be selected. */
  readonly properties?: readonly string[];
  /** Without $select only these are answered; all of them when not given. */
  readonly byDefault?: readonly string[];
  readonly filterable?: Filterable;
  /** What $expand may name, and how it is filled in. */
  readonly expandable?: Readonly<Record<string, (item: Item) => unknown>>;
  /** The one property the list may be ordered by; newest first is how such a list comes anyway. */
  readonly orderable?: string;
  readonly paged?: { readonly size: number; readonly most: number };
}

export interface Asking {
  readonly query: URLSearchParams;
  /** Origin, version and path, for the links. */
  readonly address: string;
  readonly context: string;
}

const OPTIONS = new Set(['$select', '$filter', '$top', '$expand', '$orderby', '$skiptoken', '$count']);

/** @throws Refusal 400 for an option this call does not have */
export function answerList(all: readonly Item[], rules: ListRules, { query, address, context }: Asking): unknown {
  refuseUnknownOptions(query);
  const select = selection(query.get('$select'), rules);
  const filter = query.get('$filter');
  const fitting = filter === null ? all : filtered(all, filter, rules);
  const expanded = expand(ordered(fitting, query.get('$orderby'), rules), query.get('$expand'), rules);
  const { page, link } = cut(expanded, query, rules, address);
  return {
    '@odata.context': `${context}${select === null ? '' : `(${select.join(',')})`}`,
    ...(query.get('$count') === 'true' ? { '@odata.count': fitting.length } : {}),
    ...(link === null ? {} : { '@odata.nextLink': link }),
    value: page.map((item) => project(item, select ?? rules.byDefault ?? null)),
  };
}

/** One object with its selection. */
export function answerOne(item: Item, rules: ListRules, { query, context }: Asking): unknown {
  refuseUnknownOptions(query);
  for (const name of ['$filter', '$top', '$orderby', '$skiptoken', '$count']) {
    if (query.has(name)) throw unsupportedQuery(`The query option '${name}' is not allowed for a single object.`);
  }
  const select = selection(query.get('$select'), rules);
  const [expanded] = expand([item], query.get('$expand'), rules);
  return {
    '@odata.context': `${context}${select === null ? '' : `(${select.join(',')})`}/$entity`,
    ...project(expanded ?? item, select ?? rules.byDefault ?? null),
  };
}

function refuseUnknownOptions(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (name.startsWith('$') && !OPTIONS.has(name)) throw unsupportedQuery(`The query option '${name}' is not supported.`);
  }
}

function selection(text: string | null, { properties, type }: ListRules): readonly string[] | null {
  if (text === null) return null;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (properties !== undefined && !properties.includes(name)) {
      throw badRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type '${type}'.`,
        'BadRequest',
      );
    }
  }
  return names;
}

function filtered(all: readonly Item[], text: string, { filterable, type }: ListRules): readonly Item[] {
  if (filterable === undefined) throw unsupportedQuery(`Filter is not supported for ${type}.`);
  const filter = parseFilter(text, filterable);
  return all.filter((item) => fits(filter, item));
}

function ordered(items: readonly Item[], text: string | null, { orderable }: ListRules): readonly Item[] {
  if (text === null) return items;
  const [property, direction = 'asc'] = text.trim().split(/\s+/);
  if (orderable === undefined || property !== orderable || !['asc', 'desc'].includes(direction)) {
    throw unsupportedQuery('Unsupported sort property or direction.');
  }
  const time = (item: Item): number => Date.parse(String(item[orderable]));
  return [...items].sort((a, b) => (direction === 'asc' ? time(a) - time(b) : time(b) - time(a)));
}

function expand(items: readonly Item[], text: string | null, { expandable, type }: ListRules): readonly Item[] {
  if (text === null) return items;
  const fill = expandable?.[text];
  if (fill === undefined) {
    throw badRequest(`Parsing OData Select and Expand failed: Could not find a property named '${text}' on type '${type}'.`, 'BadRequest');
  }
  return items.map((item) => ({ ...item, [text]: fill(item) }));
}

function cut(
  items: readonly Item[],
  query: URLSearchParams,
  { paged, type }: ListRules,
  address: string,
): { page: readonly Item[]; link: string | null } {
  const top = query.get('$top');
  if (paged === undefined) {
    if (top !== null || query.has('$skiptoken')) throw unsupportedQuery(`Paging is not supported for ${type}.`);
    return { page: items, link: null };
  }
  if (top !== null && (!/^\d+$/.test(top) || Number(top) < 1 || Number(top) > paged.most)) {
    throw badRequest(`Invalid page size specified: '${top}'. Must be between 1 and ${paged.most} inclusive.`);
  }
  const size = top === null ? paged.size : Number(top);
  const from = startOf(query.get('$skiptoken'));
  if (from + size >= items.length) return { page: items.slice(from), link: null };
  const next = new URLSearchParams(query);
  next.set('$skiptoken', Buffer.from(`from=${from + size}`).toString('base64url'));
  return { page: items.slice(from, from + size), link: `${address}?${next.toString()}` };
}

function startOf(token: string | null): number {
  if (token === null) return 0;
  const from = /^from=(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (from === undefined) throw badRequest('The $skiptoken is not valid.', 'BadRequest');
  return Number(from);
}

/** A type and an id stay whatever is selected, as Graph answers mixed lists. */
function project(item: Item, names: readonly string[] | null): Item {
  if (names === null) return item;
  const kept = ['@odata.type', ...names].filter((name) => name in item);
  return Object.fromEntries(kept.map((name) => [name, item[name]]));
}
