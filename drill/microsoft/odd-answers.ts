/**
 * Answers that are true and hard to read: a list in small pages whose links go
 * wrong, and a field that holds what no page documents. They are made from the
 * finished answer, so that every list and every object can be met by them.
 */
import { badRequest, Refusal } from './answers.ts';
import type { Fault, LinkFault, PagesFields } from './faults.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Which page of a cut list is asked for; it travels in the link. */
export interface Cursor extends PagesFields {
  readonly from: number;
}

const MARK = 'page-';

/** Takes our own cursor out of the address, so that the call itself never sees it. */
export function takeCursor(url: URL): Cursor | undefined {
  const token = url.searchParams.get('$skiptoken');
  if (token?.startsWith(MARK) !== true) return undefined;
  url.searchParams.delete('$skiptoken');
  return JSON.parse(Buffer.from(token.slice(MARK.length), 'base64url').toString()) as Cursor;
}

/** @throws Refusal for a page that cannot be had any more */
export function requirePage(cursor: Cursor | undefined): void {
  if (cursor === undefined || cursor.from === 0) return;
  switch (cursor.link) {
    case 'lost':
      throw new Refusal({ status: 503, code: 'ServiceUnavailable', message: 'The service is temporarily unavailable.' });
    case 'expired':
      throw badRequest(
        'The specified page token value has expired and can no longer be included in your request.',
        'Directory_ExpiredPageToken',
      );
    case 'gone':
      throw new Refusal({ status: 410, code: 'Gone', message: 'The page is no longer available.' });
    default:
  }
}

/** The page that is asked for, when the answer is a list. `url` is the address without a cursor. */
export function pageOf(body: unknown, cursor: Cursor, url: URL): unknown {
  if (!isFields(body) || !Array.isArray(body['value'])) return body;
  const items: readonly unknown[] = body['value'];
  const { from, size, link, overlapping = false } = cursor;
  const until = size === 0 && from > 0 ? items.length : from + size;
  const isLast = until >= items.length && !(size === 0 && from === 0);
  const value = items.slice(overlapping && from > 0 ? from - 1 : from, until);
  const next = (at: number, base: URL): string => {
    const address = new URL(base);
    address.searchParams.set('$skiptoken', `${MARK}${Buffer.from(JSON.stringify({ ...cursor, from: at })).toString('base64url')}`);
    return address.href;
  };
  // The empty first page leads on to the first item, by a cursor that is not the one of the beginning.
  const onward = size === 0 ? 1 : until;
  const nextLink = isLast ? (link === 'circular' ? next(0, url) : undefined) : linkAs(link, { onward, from }, url, next);
  const { '@odata.nextLink': _before, ...rest } = body;
  return {
    ...rest,
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
    value: size === 0 && from > 0 ? items : value,
  };
}

function linkAs(
  link: LinkFault | undefined,
  { onward, from }: { readonly onward: number; readonly from: number },
  url: URL,
  next: (at: number, base: URL) => string,
): string {
  switch (link) {
    case 'repeated':
      return next(from, url);
    case 'foreign':
      return next(onward, at(url, { hostname: '127.0.0.1' }));
    case 'unencrypted':
      return next(onward, url).replace('https:', 'http:');
    case 'unreadable':
      return 'the next page';
    default:
      return next(onward, url);
  }
}

function at(url: URL, { hostname }: { readonly hostname: string }): URL {
  const other = new URL(url);
  other.hostname = hostname;
  return other;
}

/** The answer with the field as the fault has it; the rest as it was. */
export function withOddField(body: unknown, fault: Extract<Fault, { kind: 'odd-field' }>): unknown {
  if (!isFields(body)) return body;
  const path = fault.field === '' ? [] : fault.field.split('/');
  if (fault.where === undefined || fault.where === 'answer') return changed(body, path, fault);
  const items = body['value'];
  if (!Array.isArray(items)) return body;
  const meant = (index: number): boolean => fault.where === 'every-item' || index === (fault.where === 'first-item' ? 0 : items.length - 1);
  return { ...body, value: items.map((item: unknown, index) => (meant(index) ? changed(item, path, fault) : item)) };
}

function changed(node: unknown, path: readonly string[], fault: { readonly value?: unknown }): unknown {
  const [name, ...below] = path;
  if (name === undefined) return fault.value ?? null;
  const fields = isFields(node) ? node : {};
  if (below.length === 0 && !('value' in fault)) {
    return Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name));
  }
  return { ...fields, [name]: changed(fields[name], below, fault) };
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
