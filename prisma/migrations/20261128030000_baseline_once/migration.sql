-- A baseline is stored once. A copy of an old one would otherwise be the newest
-- row, and the worker would make a new baseline from whoever is in the group tonight.
CREATE UNIQUE INDEX baseline_tenant_digest_key ON public.baseline (tenant, digest);
