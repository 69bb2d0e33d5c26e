// The one place that builds the options of a connection to PostgreSQL. What an
// operator set for the server, the database or the role does not reach our
// sessions: dates would be read in another time zone, and an append that waited
// for its turn would not see the entry before it.
import { changeAddress } from './address.ts';

const SESSION = {
  timezone: 'UTC',
  datestyle: 'ISO,MDY',
  search_path: 'public,pg_temp',
  default_transaction_isolation: 'read\\ committed',
};

const OPTIONS = Object.entries(SESSION)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** Part of the configuration of a `pg` client, a `pg` pool or Prisma's adapter. Sent when the connection starts, before any query. */
export const connectionTo = (databaseUrl: string): { readonly connectionString: string } => ({
  connectionString: changeAddress(databaseUrl, { options: OPTIONS }),
});
