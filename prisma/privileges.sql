-- What the role of each process may do. ledger/database-roles.ts puts the names of this
-- database's roles in the places of the two quoted names. Applied whole after
-- the migrations, so a privilege that is not named here is taken away.
REVOKE ALL ON
  public.ledger_entry, public.ledger_attachment, public.case_key, public.case_file, public.inbox,
  public.person, public.baseline, public.post, public.display, public.meter
  FROM "worker", "slack";

GRANT USAGE ON SCHEMA public TO "worker", "slack";

-- The worker adds to the ledger through one function, and never changes it.
GRANT EXECUTE ON FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint) TO "worker";
GRANT SELECT ON public.ledger_entry, public.ledger_attachment, public.post TO "worker";
GRANT SELECT, INSERT, UPDATE (wrapped, destroyed_at) ON public.case_key TO "worker";
-- Written once.
GRANT SELECT, INSERT ON public.case_file, public.baseline TO "worker";
GRANT SELECT, INSERT, UPDATE ON public.inbox, public.person, public.meter TO "worker";
GRANT SELECT, INSERT, UPDATE, DELETE ON public.display TO "worker";

-- The process that listens to Slack reads entries, puts actions into the inbox and
-- keeps its own list of messages. It cannot add to the ledger, open what is
-- sealed, change an action that was put there, or say who is who.
GRANT SELECT ON public.ledger_entry, public.case_file, public.display TO "slack";
GRANT SELECT (slack_team, slack_user, object_id, name) ON public.person TO "slack";
GRANT SELECT (key), INSERT ON public.inbox TO "slack";
GRANT SELECT, INSERT, UPDATE ON public.post TO "slack";
