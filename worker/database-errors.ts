// Database errors as codes and sentences. Prisma's message quotes source code with its path; only its last line is the answer
// of the database.
import { RunbookError } from '../domain/errors.ts';

/** Errors of a query or a connection. A validation error of Prisma is a fault of the program and is not listed. */
const FROM_DATABASE = /^(PrismaClient(KnownRequest|UnknownRequest|Initialization|RustPanic)Error|DriverAdapterError|DatabaseError)$/;

/** @returns LEDGER_UNAVAILABLE for an error of the database, and any other error unchanged */
export function describeDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error) || !FROM_DATABASE.test(error.name)) return error;
  const answer = error.message.trim().split('\n').at(-1)?.trim() ?? '';
  return new RunbookError('LEDGER_UNAVAILABLE', `expected the database to answer, got: ${answer || error.name}`, { cause: error });
}

/** One line for a log. */
export function problemOf(error: unknown): string {
  const described = describeDatabaseError(error);
  return described instanceof Error ? described.message : String(described);
}
