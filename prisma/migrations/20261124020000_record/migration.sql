-- The record and the ordinary tables beside it.
--
-- The record is append-only three times over: the application may call one
-- function and nothing else, a trigger refuses every change even to the owner,
-- and the hash chain shows what an owner did who took the trigger away.

-- ---------------------------------------------------------------- the record

CREATE TABLE public.ledger_entry (
  chain     text           NOT NULL,
  seq       bigint         NOT NULL CHECK (seq > 0),
  hash      bytea          NOT NULL CHECK (octet_length(hash) = 32),
  prev      bytea          NOT NULL CHECK (octet_length(prev) = 32),
  stored_at timestamptz(3) NOT NULL,
  key       text           NOT NULL,
  kind      text           NOT NULL,
  content   bytea          NOT NULL,
  CONSTRAINT ledger_entry_pkey PRIMARY KEY (chain, seq)
);
CREATE UNIQUE INDEX ledger_entry_chain_key_key ON public.ledger_entry (chain, key);
CREATE INDEX ledger_entry_key_idx ON public.ledger_entry (key);
CREATE INDEX ledger_entry_kind_idx ON public.ledger_entry (kind);

CREATE TABLE public.ledger_attachment (
  chain    text    NOT NULL,
  seq      bigint  NOT NULL,
  position integer NOT NULL,
  name     text    NOT NULL,
  sha256   bytea   NOT NULL CHECK (octet_length(sha256) = 32),
  bytes    bytea   NOT NULL,
  CONSTRAINT ledger_attachment_pkey PRIMARY KEY (chain, seq, position),
  CONSTRAINT ledger_attachment_chain_seq_fkey FOREIGN KEY (chain, seq)
    REFERENCES public.ledger_entry (chain, seq) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX ledger_attachment_chain_seq_name_key ON public.ledger_attachment (chain, seq, name);
-- Ciphertext does not compress; trying costs time.
ALTER TABLE public.ledger_attachment ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE public.case_key (
  chain        text           NOT NULL,
  wrapped      bytea,
  made_at      timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  destroyed_at timestamptz(3),
  CONSTRAINT case_key_pkey PRIMARY KEY (chain),
  CONSTRAINT case_key_there_or_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE FUNCTION public.ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'UA001';
END
$$;

-- Per statement, so that even a change that would meet no row is refused.
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();
CREATE TRIGGER ledger_attachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.ledger_attachment
  FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();
-- ALWAYS: a session that plays replica does not get around them.
ALTER TABLE public.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_append_only;
ALTER TABLE public.ledger_attachment ENABLE ALWAYS TRIGGER ledger_attachment_append_only;

CREATE FUNCTION public.case_key_stays_destroyed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'the key of % was destroyed and stays so', OLD.chain USING ERRCODE = 'UA002';
END
$$;

CREATE TRIGGER case_key_destroyed BEFORE UPDATE OR DELETE ON public.case_key
  FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION public.case_key_stays_destroyed();

-- Appends a batch, in order. One transaction: what it returns is stored, whole,
-- or nothing is. A key that its chain already holds is not stored again; the
-- entry that stands is returned with existed = true.
--
-- contents          RFC 8785 bytes, one element an entry. Chain, key and kind
--                   are taken out of these bytes, so no column can say otherwise.
-- attachment_of     which content (from 1) an attachment belongs to
-- attachment_names, attachment_bytes   in the order the content names them
CREATE FUNCTION public.ledger_append(
  contents         bytea[],
  attachment_of    integer[] DEFAULT '{}',
  attachment_names text[] DEFAULT '{}',
  attachment_bytes bytea[] DEFAULT '{}'
) RETURNS TABLE (seq bigint, hash bytea, prev bytea, stored_at timestamptz, existed boolean, content bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  parsed   json[];
  said     json;
  item     integer;
  chain_of text;
  key_of   text;
  kind_of  text;
  wanted   bigint;
  matched  bigint := 0;
  wrong    bigint;
  here     bigint;
  head     record;
BEGIN
  IF contents IS NULL OR array_position(contents, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'expected contents, got a null' USING ERRCODE = 'UA001';
  END IF;
  IF cardinality(attachment_of) IS DISTINCT FROM cardinality(attachment_names)
    OR cardinality(attachment_of) IS DISTINCT FROM cardinality(attachment_bytes) THEN
    RAISE EXCEPTION 'expected a name and bytes for every attachment' USING ERRCODE = 'UA001';
  END IF;
  SELECT coalesce(array_agg(convert_from(c.raw, 'UTF8')::json ORDER BY c.place), '{}') INTO parsed
    FROM unnest(contents) WITH ORDINALITY AS c (raw, place);

  -- Always in the same order: two batches over the same chains cannot wait for each other.
  FOR wanted IN SELECT DISTINCT hashtextextended(p.value ->> 'case', 0) FROM unnest(parsed) AS p (value) ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(wanted);
  END LOOP;

  FOR item IN 1 .. cardinality(contents) LOOP
    said := parsed[item];
    chain_of := said ->> 'case';
    key_of := said ->> 'key';
    kind_of := said ->> 'kind';
    content := contents[item];
    IF coalesce(chain_of, '') = '' OR coalesce(key_of, '') = '' OR coalesce(kind_of, '') = '' THEN
      RAISE EXCEPTION 'expected case, key and kind in every content, content % lacks one', item USING ERRCODE = 'UA001';
    END IF;

    SELECT count(given.position),
           count(*) FILTER (WHERE named.value ->> 'name' IS DISTINCT FROM given.name
                               OR named.value ->> 'sha256' IS DISTINCT FROM encode(sha256(given.bytes), 'hex')
                               OR named.value ->> 'bytes' IS DISTINCT FROM octet_length(given.bytes)::text)
      INTO here, wrong
      FROM json_array_elements(said -> 'attachments') WITH ORDINALITY AS named (value, position)
      FULL JOIN (SELECT a.name, a.bytes, row_number() OVER (ORDER BY a.place) AS position
                   FROM unnest(attachment_of, attachment_names, attachment_bytes) WITH ORDINALITY AS a (owner, name, bytes, place)
                  WHERE a.owner = item) AS given USING (position);
    IF wrong > 0 THEN
      RAISE EXCEPTION 'expected the attachments that content % (%) names, got others', item, key_of USING ERRCODE = 'UA001';
    END IF;
    matched := matched + here;

    SELECT e.seq, e.hash, e.prev, e.stored_at, true, e.content INTO seq, hash, prev, stored_at, existed, content
      FROM public.ledger_entry AS e WHERE e.chain = chain_of AND e.key = key_of;
    IF FOUND THEN
      RETURN NEXT;
      CONTINUE;
    END IF;

    IF here > 0 AND EXISTS (SELECT FROM public.case_key AS k WHERE k.chain = chain_of AND k.destroyed_at IS NOT NULL) THEN
      RAISE EXCEPTION 'the key of % was destroyed: nothing can be sealed under it', chain_of USING ERRCODE = 'UA002';
    END IF;

    SELECT e.seq, e.hash, e.stored_at INTO head FROM public.ledger_entry AS e WHERE e.chain = chain_of ORDER BY e.seq DESC LIMIT 1;
    seq := coalesce(head.seq, 0) + 1;
    prev := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
    -- The clock may be set back; the record's time may not.
    stored_at := greatest(date_trunc('milliseconds', clock_timestamp()), head.stored_at);
    existed := false;
    content := contents[item];
    hash := sha256(decode('00', 'hex') || prev || int8send(seq) || int8send((extract(epoch FROM stored_at) * 1000)::bigint) || content);

    INSERT INTO public.ledger_entry (chain, seq, hash, prev, stored_at, key, kind, content)
      VALUES (chain_of, ledger_append.seq, ledger_append.hash, ledger_append.prev, ledger_append.stored_at, key_of, kind_of, ledger_append.content);
    IF here > 0 THEN
      INSERT INTO public.ledger_attachment (chain, seq, position, name, sha256, bytes)
        SELECT chain_of, ledger_append.seq, row_number() OVER (ORDER BY a.place), a.name, sha256(a.bytes), a.bytes
          FROM unnest(attachment_of, attachment_names, attachment_bytes) WITH ORDINALITY AS a (owner, name, bytes, place)
         WHERE a.owner = item;
    END IF;
    PERFORM pg_notify('ledger', chain_of);
    RETURN NEXT;
  END LOOP;

  IF matched <> cardinality(attachment_of) THEN
    RAISE EXCEPTION 'expected every attachment to belong to a content, got % of %', matched, cardinality(attachment_of) USING ERRCODE = 'UA001';
  END IF;
END
$$;

-- ------------------------------------------------------------ ordinary tables

CREATE TABLE public.case_file (
  case_id     text           NOT NULL,
  number      integer        NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1001),
  tenant      text           NOT NULL,
  subject     text           NOT NULL,
  workflow_id text           NOT NULL,
  opened_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT case_file_pkey PRIMARY KEY (case_id)
);
CREATE UNIQUE INDEX case_file_number_key ON public.case_file (number);
CREATE INDEX case_file_tenant_subject_idx ON public.case_file (tenant, subject);

CREATE TABLE public.inbox (
  key             text           NOT NULL,
  channel         text           NOT NULL,
  person          text           NOT NULL,
  act             text           NOT NULL,
  envelope        jsonb          NOT NULL,
  sealed          text,
  received_at     timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  state           text           NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
  workflow_id     text,
  subject         text,
  attempts        integer        NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  delivered_at    timestamptz(3),
  emptied_at      timestamptz(3),
  last_problem    text,
  seq             bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT inbox_pkey PRIMARY KEY (key)
);
CREATE UNIQUE INDEX inbox_seq_key ON public.inbox (seq);
CREATE INDEX inbox_state_next_attempt_at_idx ON public.inbox (state, next_attempt_at);

CREATE FUNCTION public.inbox_tell() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM pg_notify('inbox', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER inbox_received AFTER INSERT ON public.inbox FOR EACH STATEMENT EXECUTE FUNCTION public.inbox_tell();

CREATE TABLE public.person (
  slack_team   text           NOT NULL,
  slack_user   text           NOT NULL,
  object_id    text           NOT NULL,
  name         text           NOT NULL,
  phone        text,
  source       text           NOT NULL,
  confirmed_at timestamptz(3) NOT NULL,
  CONSTRAINT person_pkey PRIMARY KEY (slack_team, slack_user)
);
CREATE INDEX person_object_id_idx ON public.person (object_id);

CREATE TABLE public.baseline (
  id        bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant    text           NOT NULL,
  stored_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  digest    text           NOT NULL,
  content   jsonb          NOT NULL,
  CONSTRAINT baseline_pkey PRIMARY KEY (id)
);
CREATE INDEX baseline_tenant_id_idx ON public.baseline (tenant, id);

CREATE TABLE public.post (
  post_key   text           NOT NULL,
  case_id    text           NOT NULL,
  channel    text           NOT NULL,
  ts         text,
  state      text           NOT NULL,
  digest     text,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT post_pkey PRIMARY KEY (post_key)
);
CREATE INDEX post_case_id_idx ON public.post (case_id);

-- ------------------------------------------------------- what nobody may do
-- What the roles of the processes may do stands in prisma/privileges.sql.

-- PostgreSQL lets everybody execute a new function.
REVOKE EXECUTE ON FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION public.ledger_refuse_change(), public.case_key_stays_destroyed(), public.inbox_tell() FROM PUBLIC;
