// One request to Microsoft Graph. The client library's own retries are off (the
// only Temporal retries), its answer parsing is not used (it breaks on empty
// bodies and loses headers), and every answer keeps its request id and Date.
import { Client, type Context, type Middleware, ResponseType } from '@microsoft/microsoft-graph-client';
import type { z } from 'zod';
import { RunbookError, remedyOf } from '../../domain/errors.ts';
import { isGuid } from '../../domain/ids.ts';
import type { RawAnswer } from '../../domain/step.ts';
import { cut, keepableJson } from '../../domain/text.ts';
import { type Endpoint, SIGN_IN_EVENT_TYPES, type SignInEventType } from './endpoints.ts';
import { refusalToError, transportError } from './failures.ts';
import type { Page, RateLimiter } from './rate-limits.ts';
import { PAGE } from './schemas.ts';
import type { TokenSource } from './tokens.ts';

export interface CallValues {
  /** Object ids for the places in braces; anything that is not a GUID is refused, except `since`, a time. */
  readonly id?: string;
  readonly since?: string;
  readonly eventType?: SignInEventType;
  /** Of a sign-in method: not always a GUID, so its alphabet is checked. */
  readonly methodId?: string;
  readonly body?: unknown;
  /** Sent as client-request-id, so that Microsoft's log and our ledger name the same change. */
  readonly intentId?: string;
}

export interface Answer<Body> {
  readonly body: Body;
  readonly raw: RawAnswer;
}

/** What a list gave. It is the whole list only where nothing of it is missing. */
export interface List<Item> {
  /** Each once, also where two pages show it. */
  readonly items: readonly Item[];
  readonly answers: readonly RawAnswer[];
  /** How many items could not be read; the others stand in `items`. */
  readonly unread: number;
  /** Why pages are missing that no new try will bring; null when the list ended. */
  readonly cutShort: RunbookError | null;
}

export interface GraphClient {
  /** @throws RunbookError with one of the GRAPH_ codes */
  send<Schema extends z.ZodType>(call: Endpoint, values: CallValues, schema: Schema): Promise<Answer<z.infer<Schema>>>;
  /**
   * The pages of a list, following links on the same origin only. Temporal retries for a page that may still come.
   * @throws RunbookError with one of the GRAPH_ codes
   */
  list<Schema extends z.ZodType>(call: Endpoint, values: CallValues, item: Schema): Promise<List<z.infer<Schema>>>;
}

/** The items of a list from which no page is missing. @throws RunbookError the reason why one is */
export function itemsOf<Item>({ items, cutShort }: List<Item>): readonly Item[] {
  if (cutShort !== null) throw cutShort;
  return items;
}

export interface GraphSettings {
  /** For example https://graph.microsoft.com */
  readonly baseUrl: string;
  readonly tokens: TokenSource;
  readonly meter: RateLimiter;
  readonly timeoutMs: number;
}

const MOST_PAGES = 200;

export function openGraph({ baseUrl, tokens, meter, timeoutMs }: GraphSettings): GraphClient {
  const origin = new URL(baseUrl);
  const client = Client.initWithMiddleware({ baseUrl: origin.href, middleware: lastHandler });

  /** A refused token is refused before anything is done: one new try with a fresh one, and then it is a person's business. */
  async function once(call: Endpoint, url: string, values: CallValues, page: Page): Promise<RawAnswer> {
    try {
      return await metered(call, url, values, page);
    } catch (error) {
      if (!(error instanceof RunbookError) || error.code !== 'GRAPH_UNAUTHORIZED') throw error;
      tokens.renew();
      return metered(call, url, values, page);
    }
  }

  async function metered(call: Endpoint, url: string, values: CallValues, page: Page): Promise<RawAnswer> {
    const permit = await meter.take(call, page);
    try {
      const answer = await ask(call, url, values);
      permit.settle();
      return answer;
    } catch (error) {
      permit.settle(error instanceof RunbookError ? error.details.retryAfterMs : undefined);
      throw error;
    }
  }

  async function ask(call: Endpoint, url: string, values: CallValues): Promise<RawAnswer> {
    // Taken before the library is called: it wraps every error of its middleware and loses the code of ours.
    const token = await tokens.getAccessToken();
    const request = client
      .api(url)
      .header('Authorization', `Bearer ${token}`)
      .version(call.version)
      .responseType(ResponseType.RAW)
      .option('signal', AbortSignal.timeout(timeoutMs))
      .header('Prefer', 'include-unknown-enum-members');
    if (values.intentId !== undefined) request.header('client-request-id', values.intentId);
    if (call.urgent) request.header('x-ms-throttle-priority', 'high');
    let response: Response;
    let text: string;
    try {
      response = (await sendAs(request, call.method, values.body)) as Response;
      text = await response.text();
    } catch (cause) {
      throw transportError(call, cause);
    }
    const requestId = response.headers.get('request-id') ?? '';
    const parsed = parseJson(text);
    if (!response.ok) {
      throw refusalToError(
        call,
        {
          status: response.status,
          code: errorCode(parsed),
          words: errorWords(parsed),
          requestId,
          retryAfter: response.headers.get('retry-after'),
          date: response.headers.get('date'),
        },
        Date.now(),
      );
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      name: call.id,
      url: response.url,
      requestId,
      date: new Date(Number.isNaN(date) ? Date.now() : date).toISOString(),
      body: parsed ?? null,
    };
  }

  return {
    async send(call, values, schema) {
      const raw = await once(call, pathOf(call, values), values, 'first');
      return { body: parseAnswer(call, schema, raw.body), raw };
    },
    async list(call, values, item) {
      const items = new Map<string, z.infer<typeof item>>();
      const unread = new Set<string>();
      const answers: RawAnswer[] = [];
      const visited = new Set<string>();
      const end = (cutShort: RunbookError | null): List<z.infer<typeof item>> => ({
        items: [...items.values()],
        answers,
        unread: unread.size,
        cutShort,
      });
      let url: string | undefined = pathOf(call, values);
      while (url !== undefined) {
        if (visited.has(url)) return end(unreadable(call, 'a next page that was there before'));
        if (answers.length === MOST_PAGES) return end(unreadable(call, `more than ${MOST_PAGES} pages`));
        visited.add(url);
        let next: unknown;
        try {
          const raw: RawAnswer = await once(call, url, values, answers.length === 0 ? 'first' : 'further');
          answers.push(raw);
          const page = parseAnswer(call, PAGE, raw.body);
          const before = items.size + unread.size;
          for (const each of page.value) {
            // The whole item, not its id: two rows under one id that differ are both kept.
            const key = JSON.stringify(each);
            const read = item.safeParse(each);
            if (read.success) items.set(key, read.data);
            else unread.add(key);
          }
          if (page.value.length > 0 && items.size + unread.size === before) return end(unreadable(call, 'a page with nothing new on it'));
          next = page['@odata.nextLink'];
        } catch (error) {
          // The first page says whether the list can be read at all; a page that may still come is asked for again.
          if (visited.size === 1 || !(error instanceof RunbookError) || remedyOf(error.code) === 'retry') throw error;
          return end(error);
        }
        const link = nextPage(call, next, origin);
        if (link instanceof RunbookError) return end(link);
        url = link;
      }
      return end(null);
    },
  };
}

/** Only links on our own origin are followed: the token of the next request would go with them. */
function nextPage(call: Endpoint, link: unknown, origin: URL): string | undefined | RunbookError {
  if (link === undefined || link === null) return undefined;
  if (typeof link !== 'string' || !URL.canParse(link)) return unreadable(call, 'a next page without an address');
  return new URL(link).origin === origin.origin ? link : unreadable(call, 'a next page on another host');
}

type Place = 'id' | 'since' | 'eventType' | 'methodId';

const FITS: Readonly<Record<Place, { readonly what: string; readonly test: (value: string) => boolean }>> = {
  id: { what: 'an object id', test: isGuid },
  since: { what: 'a time', test: (value) => !Number.isNaN(Date.parse(value)) },
  eventType: { what: 'a kind of sign-in', test: (value) => SIGN_IN_EVENT_TYPES.some((each) => each === value) },
  methodId: { what: 'the id of a method', test: (value) => /^[A-Za-z0-9_=-]{1,300}$/.test(value) },
};

function pathOf(call: Endpoint, values: CallValues): string {
  const fill = (template: string): string =>
    template.replaceAll(/\{(id|since|eventType|methodId)\}/g, (_, name: Place) => {
      const value = values[name];
      if (value === undefined) throw new TypeError(`${call.id} needs ${name}`);
      const { what, test } = FITS[name];
      if (!test(value)) throw new TypeError(`${call.id} takes ${what}, got ${JSON.stringify(value.slice(0, 60))}`);
      return value;
    });
  const query = Object.entries(call.query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(fill(value))}`);
  return query.length === 0 ? fill(call.path) : `${fill(call.path)}?${query.join('&')}`;
}

function sendAs(request: ReturnType<Client['api']>, method: Endpoint['method'], body: unknown): Promise<unknown> {
  switch (method) {
    case 'GET':
      return request.get();
    case 'POST':
      return request.post(body ?? {});
    case 'PATCH':
      return request.patch(body ?? {});
    case 'DELETE':
      return request.delete();
  }
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A proxy's HTML page: the status alone decides what it means.
  }
}

const errorCode = (body: unknown): string => {
  const code = (body as { error?: { code?: unknown } } | undefined)?.error?.code;
  return typeof code === 'string' ? cut(code, 100) : 'no error code';
};

const errorWords = (body: unknown): string => {
  const message = (body as { error?: { message?: unknown } } | undefined)?.error?.message;
  return typeof message === 'string' ? message : '';
};

function parseAnswer<Schema extends z.ZodType>(call: Endpoint, schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(keepableJson(body));
  if (parsed.success) return parsed.data;
  throw unreadable(call, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`).join(', '));
}

const unreadable = (call: Endpoint, what: string): RunbookError =>
  new RunbookError('GRAPH_ANSWER_UNREADABLE', `expected a documented answer to ${call.id}, got ${what}`);

const lastHandler: Middleware = {
  async execute(context: Context) {
    context.response = await fetch(context.request, context.options);
  },
};
