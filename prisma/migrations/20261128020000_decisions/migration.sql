-- Decisions of people: what may be appended only while something else does not
-- stand, a brake on automatic blocks, and an end that stays the end.

-- ---------------------------------------------------------------- the record

-- The brake looks back over some minutes of one kind.
CREATE INDEX ledger_entry_kind_stored_at_idx ON public.ledger_entry (kind, stored_at);
DROP INDEX public.ledger_entry_kind_idx;

DROP FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[]);

-- Appends a batch, in order. One transaction: what it returns is stored, whole,
-- or nothing is. A key that its chain already holds is not stored again; the
-- entry that stands is returned with existed = true.
--
-- contents          RFC 8785 bytes, one element an entry. Chain, key and kind
--                   are taken out of these bytes, so no column can say otherwise.
-- attachment_of     which content (from 1) an attachment belongs to
-- attachment_names, attachment_bytes   in the order the content names them
-- unless_keys       for each content: a key of the same chain that must not
--                   stand yet, or null. A no that came first voids a plan, a
--                   plan that has begun cannot be voided; here one of them is first.
-- most_blocks, block_window_ms   the brake: so many blocks ordered by the policy
--                   in that time, over all cases, and no more
CREATE FUNCTION public.ledger_append(
  contents         bytea[],
  attachment_of    integer[] DEFAULT '{}',
  attachment_names text[] DEFAULT '{}',
  attachment_bytes bytea[] DEFAULT '{}',
  unless_keys      text[] DEFAULT NULL,
  most_blocks      integer DEFAULT NULL,
  block_window_ms  bigint DEFAULT NULL
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
  blocks   bigint;
  head     record;
BEGIN
  IF contents IS NULL OR array_position(contents, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'expected contents, got a null' USING ERRCODE = 'UA001';
  END IF;
  IF cardinality(attachment_of) IS DISTINCT FROM cardinality(attachment_names)
    OR cardinality(attachment_of) IS DISTINCT FROM cardinality(attachment_bytes) THEN
    RAISE EXCEPTION 'expected a name and bytes for every attachment' USING ERRCODE = 'UA001';
  END IF;
  IF unless_keys IS NOT NULL AND cardinality(unless_keys) <> cardinality(contents) THEN
    RAISE EXCEPTION 'expected a key, or a null, for every content' USING ERRCODE = 'UA001';
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

    IF unless_keys[item] IS NOT NULL
      AND EXISTS (SELECT FROM public.ledger_entry AS e WHERE e.chain = chain_of AND e.key = unless_keys[item]) THEN
      RAISE EXCEPTION 'expected no entry % before %, found one', unless_keys[item], key_of USING ERRCODE = 'UA003';
    END IF;

    IF here > 0 AND EXISTS (SELECT FROM public.case_key AS k WHERE k.chain = chain_of AND k.destroyed_at IS NOT NULL) THEN
      RAISE EXCEPTION 'the key of % was destroyed: nothing can be sealed under it', chain_of USING ERRCODE = 'UA002';
    END IF;

    IF most_blocks IS NOT NULL AND kind_of = 'step.intended'
      AND said -> 'body' ->> 'step' = 'block-sign-in' AND said -> 'body' ->> 'by' = 'policy' THEN
      -- After the locks of the chains, always: whoever waits for it holds nothing that another waiter needs.
      PERFORM pg_advisory_xact_lock(hashtextextended('automatic blocks', 1));
      SELECT count(*) INTO blocks FROM public.ledger_entry AS e
       WHERE e.kind = 'step.intended' AND e.stored_at > clock_timestamp() - block_window_ms * interval '1 millisecond'
         AND convert_from(e.content, 'UTF8')::json -> 'body' ->> 'step' = 'block-sign-in'
         AND convert_from(e.content, 'UTF8')::json -> 'body' ->> 'by' = 'policy';
      IF blocks >= most_blocks THEN
        RAISE EXCEPTION 'expected fewer than % automatic blocks in % ms, found %', most_blocks, block_window_ms, blocks USING ERRCODE = 'UA004';
      END IF;
    END IF;

    SELECT e.seq, e.hash, e.stored_at, e.kind INTO head FROM public.ledger_entry AS e WHERE e.chain = chain_of ORDER BY e.seq DESC LIMIT 1;
    IF head.kind = 'case.closed' THEN
      RAISE EXCEPTION 'the case is finished: its record takes nothing more' USING ERRCODE = 'UA001';
    END IF;
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

-- What people are shown of a case and the record keeps sealed: labels of things,
-- reasons in words. For display only, and taken away with the case's key.
CREATE TABLE public.display (
  case_id    text           NOT NULL,
  key        text           NOT NULL,
  content    jsonb          NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT display_pkey PRIMARY KEY (case_id, key)
);

REVOKE EXECUTE ON FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint) FROM PUBLIC;
