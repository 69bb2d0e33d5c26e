/** Reads what a client sent: forms with JSON inside, multipart, JSON bodies, a bearer header or a token field. */
import type { Context } from 'hono';

export interface ApiRequest {
  readonly args: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  /** The token came in the header, where alone `apps.connections.open` takes it. */
  readonly tokenInHeader: boolean;
}

export type ReadOutcome = { readonly kind: 'read'; readonly request: ApiRequest } | { readonly kind: 'refused'; readonly error: string };

export async function readRequest(context: Context): Promise<ReadOutcome> {
  const body = await readBody(context);
  if (body === undefined) return { kind: 'refused', error: 'invalid_form_data' };
  const { token, ...args } = { ...context.req.query(), ...body };
  const bearer = /^Bearer\s+(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
  const given = bearer ?? (typeof token === 'string' ? token : undefined);
  return { kind: 'read', request: { args, token: given, tokenInHeader: bearer !== undefined } };
}

async function readBody(context: Context): Promise<Record<string, unknown> | undefined> {
  if (context.req.method === 'GET') return {};
  const type = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const raw = await context.req.arrayBuffer();
  if (raw.byteLength === 0) return {};
  try {
    if (type === 'application/json') {
      const parsed: unknown = JSON.parse(Buffer.from(raw).toString('utf8'));
      return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
    }
    if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(Buffer.from(raw).toString('utf8')));
    if (type === 'multipart/form-data') {
      const form = await new Response(raw, { headers: { 'content-type': context.req.header('content-type') ?? '' } }).formData();
      const fields: Record<string, unknown> = {};
      form.forEach((value, key) => {
        fields[key] = typeof value === 'string' ? value : { file: value.name, bytes: value.size };
      });
      return fields;
    }
  } catch {
    return undefined; // Whatever does not parse is one refusal to the caller.
  }
  return undefined;
}
