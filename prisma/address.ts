// The address of a PostgreSQL database, as settings give it. Node's URL refuses
// an empty host, which is how a Unix socket is written; here it is taken.
const PROTOCOLS = ['postgres:', 'postgresql:'];
/** Stands for the empty host while the rest is read. */
const NO_HOST = 'no-host.invalid';

export const EXPECTED_ADDRESS =
  'an address like postgresql://role:password@host:5432/database, or postgresql://role:password@/database?host=/var/run/postgresql for a Unix socket. ' +
  'Write these characters of a role or password in their encoded form: @ is %40, / is %2F, # is %23, ? is %3F, : is %3A, % is %25, a space is %20';

export interface DatabaseAddress {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** @returns the parts, or undefined when the text is not such an address, or can be read in more than one way */
export function readAddress(text: string): DatabaseAddress | undefined {
  const url = parsed(text);
  if (url === undefined) return undefined;
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    user: url.searchParams.get('user') ?? decodeURIComponent(url.username),
    password: url.searchParams.get('password') ?? decodeURIComponent(url.password),
    database,
  };
}

/** What is changed in an address; the rest stays. */
export interface AddressChanges {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Session settings that come after those of the address, and so win. */
  readonly options?: string;
}

/** @throws TypeError with a sentence that does not repeat the address */
export function changeAddress(text: string, { user, password, database, options }: AddressChanges): string {
  const url = parsed(text);
  if (url === undefined) throw new TypeError(`expected ${EXPECTED_ADDRESS}`);
  if (user !== undefined) {
    url.searchParams.delete('user');
    url.username = encodeURIComponent(user);
  }
  if (password !== undefined) {
    url.searchParams.delete('password');
    url.password = encodeURIComponent(password);
  }
  if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
  if (options !== undefined) {
    const given = url.searchParams.get('options');
    url.searchParams.set('options', given === null ? options : `${given} ${options}`);
  }
  return url.host === NO_HOST ? url.href.replace(NO_HOST, '') : url.href;
}

function parsed(text: string): URL | undefined {
  if (/\s|%(?![0-9a-f]{2})|#/i.test(text)) return undefined;
  const withHost = text.replace(/^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)(?=[/?])/, `$1${NO_HOST}`);
  const url = URL.canParse(withHost) ? new URL(withHost) : undefined;
  if (url === undefined || !PROTOCOLS.includes(url.protocol) || url.host === '') return undefined;
  // An unencoded slash or question mark in a password leaves the rest of it, and the @, behind the host.
  const isUncertain =
    url.pathname.slice(1).includes('/') || url.pathname.includes('@') || (url.username === '' && url.search.includes('@'));
  return isUncertain || !isDecodable(withHost) ? undefined : url;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
