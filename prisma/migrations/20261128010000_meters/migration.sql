-- How much of Microsoft's patience is used up, for all workers together. The
-- library that counts (rate-limiter-flexible) writes by position, so the columns
-- stay in this order.
--
-- Not logged, and with room in each page: counted before every call, worth
-- nothing after a crash. A meter that comes back empty costs at most one window.
CREATE UNLOGGED TABLE public.meter (
  key    text    NOT NULL,
  points integer NOT NULL DEFAULT 0,
  -- Milliseconds since 1970.
  expire bigint,
  CONSTRAINT meter_pkey PRIMARY KEY (key)
) WITH (fillfactor = 50);
