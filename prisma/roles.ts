// The roles that the processes log in as. Roles belong to the whole server, so
// each carries the name of its database: two installations on one server share
// no role and no password.

/** worker: adds to the ledger. slack: reads it, and puts what people did into the inbox. */
export const ROLE_PARTS = ['worker', 'slack'] as const;
export type RolePart = (typeof ROLE_PARTS)[number];

export const roleOf = (database: string, part: RolePart): string => `${database}_${part}`;

/** PostgreSQL cuts longer names, and two databases could then share a role. */
const LONGEST_NAME = 63;
export const LONGEST_DATABASE_NAME = LONGEST_NAME - '_worker'.length;
