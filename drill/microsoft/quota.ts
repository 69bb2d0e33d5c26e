/**
 * How much Microsoft takes from whom, and how it refuses the rest. The limits
 * are the published ones; their windows are divided by the time scale like every
 * other clock of the tenant.
 */
export type Bucket = 'identity' | 'reports' | 'identityProtection' | 'outlook' | 'none';

export interface QuotaCall {
  readonly bucket: Bucket;
  readonly appId: string;
  readonly mailbox: string | undefined;
  /** Resource units, for the identity bucket. */
  readonly units: number;
  readonly write: boolean;
}

export type QuotaAnswer =
  | { readonly kind: 'admitted'; readonly headers: Readonly<Record<string, string>>; release(): void }
  | { readonly kind: 'throttled'; readonly code: string; readonly headers: Readonly<Record<string, string>> };

interface Window {
  readonly limit: number;
  readonly windowMs: number;
}

const REPORTS: Window = { limit: 5, windowMs: 10_000 };
const PROTECTION: Window = { limit: 1, windowMs: 1000 };
const WRITES: Window = { limit: 3000, windowMs: 150_000 };
const OUTLOOK: Window = { limit: 10_000, windowMs: 600_000 };
const OUTLOOK_AT_ONCE = 4;
const IDENTITY_WINDOW_MS = 10_000;

/** Resource units for 10 s, by the size of the tenant. */
const unitsFor = (users: number): number => (users < 50 ? 3500 : users <= 500 ? 5000 : 8000);

export interface Quota {
  admit(call: QuotaCall, at: number): QuotaAnswer;
}

export function createQuota(users: number, scale: number): Quota {
  const meters = new Map<string, { at: number; units: number }[]>();
  const atOnce = new Map<string, number>();

  /** @returns milliseconds until there is room, or null when it was counted in; `share` is what part of the window is used */
  function take(key: string, { limit, windowMs }: Window, units: number, at: number): { wait: number | null; share: number } {
    const length = windowMs / scale;
    const kept = (meters.get(key) ?? []).filter((taken) => taken.at > at - length);
    meters.set(key, kept);
    const used = kept.reduce((sum, taken) => sum + taken.units, 0);
    if (used + units > limit) return { wait: (kept[0]?.at ?? at) + length - at, share: used / limit };
    kept.push({ at, units });
    return { wait: null, share: (used + units) / limit };
  }

  function windowed(key: string, window: Window, units: number, at: number, scope: string, headers: Record<string, string>): QuotaAnswer {
    const { wait, share } = take(key, window, units, at);
    if (wait !== null) return throttled(scope, wait);
    const percentage = share > 0.8 ? { 'x-ms-throttle-limit-percentage': share.toFixed(2) } : {};
    return { kind: 'admitted', headers: { ...headers, ...percentage }, release: () => undefined };
  }

  return {
    admit(call, at) {
      switch (call.bucket) {
        case 'none':
          return { kind: 'admitted', headers: {}, release: () => undefined };
        case 'reports':
          return windowed(`reports/${call.appId}`, REPORTS, 1, at, 'Tenant_Application', {});
        case 'identityProtection': {
          const { wait } = take('protection', PROTECTION, 1, at);
          // The one service that does not say how long to wait.
          return wait === null
            ? { kind: 'admitted', headers: {}, release: () => undefined }
            : { kind: 'throttled', code: 'TooManyRequests', headers: {} };
        }
        case 'identity': {
          if (call.write) {
            const { wait } = take(`writes/${call.appId}`, WRITES, 1, at);
            if (wait !== null) return throttled('Tenant_Application_Write', wait);
          }
          const window = { limit: unitsFor(users), windowMs: IDENTITY_WINDOW_MS };
          return windowed(`identity/${call.appId}`, window, call.units, at, 'Tenant_Application', {
            'x-ms-resource-unit': String(call.units),
          });
        }
        case 'outlook': {
          const key = `${call.appId}/${call.mailbox ?? ''}`;
          const running = atOnce.get(key) ?? 0;
          if (running >= OUTLOOK_AT_ONCE) return throttled('Mailbox', 1000 / scale, 'ApplicationThrottled');
          const answer = windowed(`outlook/${key}`, OUTLOOK, 1, at, 'Mailbox', {});
          if (answer.kind === 'throttled') return answer;
          atOnce.set(key, running + 1);
          return { ...answer, release: () => void atOnce.set(key, Math.max(0, (atOnce.get(key) ?? 1) - 1)) };
        }
      }
    },
  };
}

function throttled(scope: string, waitMs: number, code = 'TooManyRequests'): QuotaAnswer {
  return {
    kind: 'throttled',
    code,
    headers: {
      'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))),
      'x-ms-throttle-scope': `${scope}/ReadWrite`,
      'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
    },
  };
}
