-- Functions of one log. Replaced when this file changes, by the owner role, with the log's schema alone on
-- the search path, which SET search_path FROM CURRENT then fixes for each function.

-- One row of an answer: where a stream stands after an append, or why the append was refused. The columns
-- after `first` (the first position that the append wrote, 0 if none) may be NULL.
DROP TYPE IF EXISTS answer CASCADE;
DROP ROUTINE IF EXISTS append_durably; -- with other parameters it would stand beside the new one
CREATE TYPE answer AS (
  request int, verdict text, recorded timestamptz, first bigint,
  stream text, version bigint, position bigint, hash bytea
);

-- What an event's hash covers besides the previous hash (docs/event-log.md).
-- STABLE because convert_to is; only so can the planner inline it.
CREATE OR REPLACE FUNCTION event_core(
  "position" bigint, stream text, version bigint, event_id uuid, type text,
  recorded timestamptz, occurred timestamptz, meta bytea, data bytea
) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT int8send(position) || int8send(version) || uuid_send(event_id)
    || timestamptz_send(recorded) || timestamptz_send(occurred) || sha256(meta) || sha256(data)
    || int4send(octet_length(stream)) || convert_to(stream, 'UTF8')
    || int4send(octet_length(type)) || convert_to(type, 'UTF8')
$$;

-- A request that was answered before, by its name: the id within the scope of whose request it is. Rows without
-- a scope are older than scopes, and say only by the fingerprint whose request they were: one that was made
-- with another fingerprint is somebody else's, and takes no name away.
-- No SET, and STABLE: so the planner can inline it.
CREATE OR REPLACE FUNCTION known_request(id uuid, of_scope text, of_fingerprint bytea)
RETURNS SETOF request LANGUAGE sql STABLE AS $$
  SELECT * FROM request r
  WHERE r.request_id = id AND (r.scope = of_scope OR (r.scope = '' AND r.fingerprint = of_fingerprint))
  ORDER BY r.scope DESC LIMIT 1
$$;

-- The first answer to a request again: where each of its streams stood after the positions that it wrote.
CREATE FUNCTION first_answer(request int, recorded timestamptz, first bigint, last bigint)
RETURNS SETOF answer LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT request, 'repeated', recorded, first, e.stream, e.version, e.position, e.hash
  FROM event e
  WHERE e.position BETWEEN first AND last AND NOT EXISTS (
    SELECT FROM event l WHERE l.stream = e.stream AND l.version = e.version + 1 AND l.position <= last)
  UNION ALL
  SELECT request, 'repeated', recorded, 0, NULL, NULL, NULL, NULL WHERE first = 0
  ORDER BY 7
$$;

-- What to answer to a request some of whose events are in the log: the first answer again if they are all
-- there, together, in the places that the request asks for; refused otherwise.
CREATE FUNCTION answer_recorded(
  request int, write_requests int[], write_streams text[], write_expected bigint[],
  event_writes int[], event_indexes int[], event_ids uuid[]
) RETURNS SETOF answer LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  known record;
BEGIN
  SELECT min(e.position) AS first, max(e.position) AS last, min(e.recorded) AS recorded,
         min(write_streams[w.write]) FILTER (WHERE e.position IS NOT NULL) AS stream,
         bool_and(e.position IS NOT NULL AND e.stream = write_streams[w.write]
                  AND (write_expected[w.write] < 0 OR write_expected[w.write] = e.version - w.index))
           AND count(DISTINCT e.position - w.n) = 1 AS whole
    INTO known
    FROM unnest(event_writes, event_indexes, event_ids) WITH ORDINALITY AS w(write, index, event_id, n)
    LEFT JOIN event e ON e.event_id = w.event_id
    WHERE write_requests[w.write] = request;
  IF known.whole THEN
    RETURN QUERY SELECT * FROM first_answer(request, known.recorded, known.first, known.last);
  ELSE
    RETURN NEXT (request, 'events reused', known.recorded, 0, known.stream, NULL, NULL, NULL)::answer;
  END IF;
END $$;

-- Appends a batch of requests in one transaction; each is written whole or refused alone. Request n is
-- request_ids[n], its writes are those with write_requests = n, and their events follow in the same order.
-- No two requests of a batch share a stream, a cursor or a request id within a scope: the caller sees to that.
-- Answers with one row for each stream written (stream NULL: no event written), or why it was refused.
CREATE FUNCTION append(
  request_ids uuid[], request_scopes text[], fingerprints bytea[],
  write_requests int[], write_streams text[], write_expected bigint[], write_counts int[],
  event_writes int[], event_indexes int[], event_ids uuid[], event_types text[],
  event_occurred timestamptz[], event_metas bytea[], event_datas bytea[],
  cursor_requests int[], cursor_consumers text[], cursor_logs text[], cursor_positions bigint[],
  key_requests int[], key_ids uuid[], key_subjects text[], key_wrapped bytea[], key_masters text[]
) RETURNS SETOF answer LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
-- Plans are made once, often while the tables are empty: allow only those that are right for full ones.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  genesis CONSTANT bytea := decode(repeat('00', 32), 'hex');
  tail bigint;            -- position of the last event
  instant timestamptz;    -- when this batch is recorded
  verdicts text[];        -- for each request
  firsts bigint[];        -- for each request, the first and last position that it writes
  lasts bigint[];
  versions bigint[];      -- for each write, the version before it
  hashes bytea[];         -- for each write, the hash before it, in the end after it
  positions bigint[];     -- for each write, the position of its last event
  cores bytea[];          -- for each event
  previous_hashes bytea[];
  event_hashes bytea[];
  unexpected boolean;     -- whether any stream is not exactly where it is expected
  found_ record;
  request int;
  chained bytea;
  written int := 0;       -- events so far
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append needs READ COMMITTED: an older snapshot would miss the end of the log';
  END IF;
  -- The commit does not wait for the disk, so the lock is held for a moment only; who calls this must flush
  -- before it tells anyone.
  PERFORM set_config('synchronous_commit', 'off', true),
          pg_advisory_xact_lock(1213548910, 'event'::regclass::oid::int);
  SELECT position, greatest(clock_timestamp(), recorded) INTO tail, instant
    FROM event ORDER BY position DESC LIMIT 1;
  tail := coalesce(tail, 0);
  instant := coalesce(instant, clock_timestamp());

  -- 1. Requests answered before. LATERAL, with a LIMIT inside: one index probe each, whatever the statistics say.
  SELECT array_agg(CASE WHEN known.fingerprint IS NULL THEN 'appended'
                        WHEN known.fingerprint = r.fingerprint THEN 'repeated' ELSE 'request reused' END)
    INTO verdicts
    FROM unnest(request_ids, request_scopes, fingerprints) AS r(id, scope, fingerprint)
    LEFT JOIN LATERAL known_request(r.id, r.scope, r.fingerprint) known ON true;
  IF 'repeated' = ANY (verdicts) THEN
    RETURN QUERY
      SELECT a.* FROM unnest(request_ids, request_scopes, fingerprints, verdicts) WITH ORDINALITY
        AS r(id, scope, fingerprint, verdict, n)
      CROSS JOIN LATERAL known_request(r.id, r.scope, r.fingerprint) known
      CROSS JOIN LATERAL first_answer(r.n::int, known.recorded, known.first_position, known.last_position) a
      WHERE r.verdict = 'repeated';
  END IF;

  -- 2. Cursors that are already there: the effect has happened.
  IF cardinality(cursor_requests) > 0 THEN
    FOR found_ IN
      SELECT c.request FROM unnest(cursor_requests, cursor_consumers, cursor_logs, cursor_positions)
          AS c(request, consumer, log, position)
        CROSS JOIN LATERAL (SELECT position FROM cursor
          WHERE cursor.consumer = c.consumer AND cursor.log = c.log LIMIT 1) known
        WHERE known.position >= c.position AND verdicts[c.request] = 'appended'
    LOOP
      verdicts[found_.request] := 'passed';
    END LOOP;
  END IF;

  -- 3. Where the streams are.
  SELECT array_agg(coalesce(head.version, 0)), array_agg(coalesce(head.hash, genesis)),
         bool_or(expected <> coalesce(head.version, 0))
    INTO versions, hashes, unexpected
    FROM unnest(write_streams, write_expected) AS w(stream, expected)
    LEFT JOIN LATERAL (SELECT version, hash FROM stream WHERE stream.stream = w.stream LIMIT 1) head ON true;

  -- 4. If all are exactly where they are expected, no event can be in its place already, and one that is
  -- elsewhere breaks the unique index. Otherwise see which requests are in the log, and which conflict
  -- (expected -1: anywhere; -2: not at the beginning).
  IF unexpected THEN
    FOR found_ IN
      SELECT DISTINCT write_requests[e.write] AS request
        FROM unnest(event_writes, event_ids) AS e(write, id)
        CROSS JOIN LATERAL (SELECT FROM event WHERE event_id = e.id LIMIT 1) known
        WHERE verdicts[write_requests[e.write]] = 'appended'
    LOOP
      verdicts[found_.request] := 'recorded';
      RETURN QUERY SELECT * FROM answer_recorded(found_.request, write_requests, write_streams,
        write_expected, event_writes, event_indexes, event_ids);
    END LOOP;
    FOR found_ IN
      SELECT w.request, w.stream, w.actual
        FROM unnest(write_requests, write_streams, write_expected, versions) WITH ORDINALITY
          AS w(request, stream, expected, actual, n)
        WHERE NOT CASE expected WHEN -1 THEN true WHEN -2 THEN actual > 0 ELSE actual = expected END
        ORDER BY n
    LOOP
      CONTINUE WHEN verdicts[found_.request] <> 'appended';
      verdicts[found_.request] := 'conflict';
      RETURN NEXT (found_.request, 'conflict', instant, 0, found_.stream, found_.actual, NULL, NULL)::answer;
    END LOOP;
  END IF;

  -- 5. Only what is left is written: a refused request takes no position.
  IF 'appended' <> ANY (verdicts) THEN
    RETURN QUERY
      SELECT n::int, verdict, instant, 0::bigint, NULL::text, NULL::bigint, NULL::bigint, NULL::bytea
      FROM unnest(verdicts) WITH ORDINALITY AS r(verdict, n) WHERE verdict IN ('passed', 'request reused');
    SELECT array_agg(e.write), array_agg(e.index), array_agg(e.id), array_agg(e.type),
           array_agg(e.occurred), array_agg(e.meta), array_agg(e.data)
      INTO event_writes, event_indexes, event_ids, event_types, event_occurred, event_metas, event_datas
      FROM unnest(event_writes, event_indexes, event_ids, event_types, event_occurred, event_metas, event_datas)
        AS e(write, index, id, type, occurred, meta, data)
      WHERE verdicts[write_requests[e.write]] = 'appended';
  END IF;

  -- 6. The chain: each event's hash covers the one before it in its stream.
  SELECT array_agg(event_core(position, stream, version, id, type, instant, occurred, meta, data)) INTO cores
    FROM (SELECT tail + n AS position, write_streams[write] AS stream, versions[write] + index AS version,
                 id, type, occurred, meta, data
          FROM (SELECT generate_series(1, cardinality(event_ids)) AS n, unnest(event_writes) AS write,
                       unnest(event_indexes) AS index, unnest(event_ids) AS id, unnest(event_types) AS type,
                       unnest(event_occurred) AS occurred, unnest(event_metas) AS meta,
                       unnest(event_datas) AS data) e
          OFFSET 0) e; -- OFFSET keeps the planner from computing these once for each use
  positions := array_fill(0::bigint, ARRAY[cardinality(write_streams)]);
  firsts := array_fill(0::bigint, ARRAY[cardinality(request_ids)]);
  lasts := firsts;
  FOR write IN 1 .. cardinality(write_streams) LOOP
    request := write_requests[write];
    CONTINUE WHEN verdicts[request] <> 'appended' OR write_counts[write] = 0;
    chained := hashes[write];
    IF firsts[request] = 0 THEN firsts[request] := tail + written + 1; END IF;
    FOR n IN written + 1 .. written + write_counts[write] LOOP
      previous_hashes[n] := chained;
      chained := sha256(chained || cores[n]);
      event_hashes[n] := chained;
    END LOOP;
    written := written + write_counts[write];
    hashes[write] := chained;
    positions[write] := tail + written;
    lasts[request] := tail + written;
  END LOOP;

  -- 7. Everything is written or, should anything fail, nothing.
  INSERT INTO event
      (position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash)
    SELECT tail + n, write_streams[write], versions[write] + index, id, type, instant, occurred, meta, data,
           previous_hash, hash
    FROM (SELECT generate_series(1, cardinality(event_ids)) AS n, unnest(event_writes) AS write,
                 unnest(event_indexes) AS index, unnest(event_ids) AS id, unnest(event_types) AS type,
                 unnest(event_occurred) AS occurred, unnest(event_metas) AS meta, unnest(event_datas) AS data,
                 unnest(previous_hashes) AS previous_hash, unnest(event_hashes) AS hash) e;
  IF 0 = ANY (versions) THEN
    INSERT INTO stream
      SELECT stream, count, position, hash
      FROM unnest(write_streams, versions, write_counts, positions, hashes)
        AS w(stream, version, count, position, hash)
      WHERE position > 0 AND version = 0;
  END IF;
  IF 0 < ANY (versions) THEN -- an upsert would lock each row first, and write that ahead too
    UPDATE stream SET version = w.version + count, position = w.position, hash = w.hash
      FROM unnest(write_streams, versions, write_counts, positions, hashes)
        AS w(stream, version, count, position, hash)
      WHERE stream.stream = w.stream AND w.position > 0 AND w.version > 0;
  END IF;
  INSERT INTO request
    SELECT id, fingerprint, first, last, instant, scope
    FROM unnest(request_ids, request_scopes, fingerprints, firsts, lasts, verdicts)
      AS r(id, scope, fingerprint, first, last, verdict)
    WHERE verdict = 'appended';
  IF cardinality(cursor_requests) > 0 THEN
    INSERT INTO cursor
      SELECT consumer, log, position
      FROM unnest(cursor_requests, cursor_consumers, cursor_logs, cursor_positions)
        AS c(request, consumer, log, position)
      WHERE verdicts[c.request] = 'appended'
      ON CONFLICT (consumer, log) DO UPDATE SET position = excluded.position;
  END IF;
  IF cardinality(key_requests) > 0 THEN
    INSERT INTO key
      SELECT id, subject, wrapped, master, instant
      FROM unnest(key_requests, key_ids, key_subjects, key_wrapped, key_masters)
        AS k(request, id, subject, wrapped, master)
      WHERE verdicts[k.request] = 'appended';
  END IF;

  RETURN QUERY
    SELECT w.request, 'appended', instant, firsts[w.request], stream, version + count, position, hash
      FROM unnest(write_requests, write_streams, versions, write_counts, positions, hashes)
        AS w(request, stream, version, count, position, hash)
      WHERE position > 0;
  IF 0 = ANY (firsts) THEN
    RETURN QUERY
      SELECT n::int, 'appended', instant, 0::bigint, NULL::text, NULL::bigint, NULL::bigint, NULL::bytea
      FROM unnest(verdicts, firsts) WITH ORDINALITY AS r(verdict, first, n)
      WHERE verdict = 'appended' AND first = 0;
  END IF;
END $$;

-- Appends a batch, commits, and then, without the lock, waits until it is on disk: one round trip, one flush.
-- Its answer is the columns of append()'s rows. Runs as its caller: with rights of its own it could not commit.
CREATE OR REPLACE PROCEDURE append_durably(
  request_ids uuid[], request_scopes text[], fingerprints bytea[],
  write_requests int[], write_streams text[], write_expected bigint[], write_counts int[],
  event_writes int[], event_indexes int[], event_ids uuid[], event_types text[],
  event_occurred timestamptz[], event_metas bytea[], event_datas bytea[],
  cursor_requests int[], cursor_consumers text[], cursor_logs text[], cursor_positions bigint[],
  key_requests int[], key_ids uuid[], key_subjects text[], key_wrapped bytea[], key_masters text[],
  OUT requests int[], OUT verdicts text[], OUT recorded timestamptz[], OUT firsts bigint[],
  OUT streams text[], OUT versions bigint[], OUT positions bigint[], OUT hashes bytea[]
) LANGUAGE plpgsql AS $$
BEGIN
  SELECT array_agg(a.request), array_agg(a.verdict), array_agg(a.recorded), array_agg(a.first),
         array_agg(a.stream), array_agg(a.version), array_agg(a.position), array_agg(a.hash)
    INTO requests, verdicts, recorded, firsts, streams, versions, positions, hashes
    FROM append(request_ids, request_scopes, fingerprints, write_requests, write_streams, write_expected, write_counts,
      event_writes, event_indexes, event_ids, event_types, event_occurred, event_metas, event_datas,
      cursor_requests, cursor_consumers, cursor_logs, cursor_positions,
      key_requests, key_ids, key_subjects, key_wrapped, key_masters) a;
  COMMIT;
  PERFORM pg_logical_emit_message(false, 'huiyin.flush', '', true);
END $$;

-- Replaces the wrapping of a living key; a destroyed one stays destroyed. Answers how many it replaced.
CREATE OR REPLACE FUNCTION rewrap_key(id uuid, new_wrapped bytea, new_master text)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  WITH rewrapped AS (UPDATE key SET wrapped = new_wrapped, master = new_master
    WHERE key_id = id AND wrapped IS NOT NULL RETURNING 1)
  SELECT count(*) FROM rewrapped
$$;

-- Destroys these living keys of a subject for ever. Answers how many. Only what is on the record is destroyed.
DROP FUNCTION IF EXISTS destroy_key(text);
CREATE OR REPLACE FUNCTION destroy_keys(gone text, ids uuid[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  destroyed_count bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM event WHERE event.stream = 'erasure-' || gone
                 AND event.type = 'huiyin.vault.v1.KeysDestroyed') THEN
    RAISE EXCEPTION 'keys of % are not destroyed: no erasure of it is on the record', gone
      USING ERRCODE = 'check_violation'; -- of no class that is tried again
  END IF;
  UPDATE key SET wrapped = NULL, destroyed = clock_timestamp()
    WHERE key_id = ANY (ids) AND subject = gone AND wrapped IS NOT NULL;
  GET DIAGNOSTICS destroyed_count = ROW_COUNT;
  RETURN destroyed_count;
END $$;
