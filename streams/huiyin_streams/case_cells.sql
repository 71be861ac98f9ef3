-- case_row counted, in the transaction that changes it: live counters are added up from these. A case counts once for
-- all, under no agency, and once for each agency that has a part in it or is asked to decide; who may see it is asked of
-- the same columns as of case_row. A case of which only another's link is known has no status yet and counts nowhere.
-- A cell that counts none any more is kept, for cases come back to it.
CREATE TABLE IF NOT EXISTS case_cell (
  agency   text COLLATE "C" NOT NULL,
  division text COLLATE "C" NOT NULL,
  unit     text COLLATE "C" NOT NULL,
  status   text COLLATE "C" NOT NULL,
  party    boolean NOT NULL,
  asked    boolean NOT NULL,
  accused  text[] NOT NULL,
  cases    bigint NOT NULL,
  PRIMARY KEY (agency, division, unit, status, party, asked, accused)
) WITH (fillfactor = 70);

CREATE VIEW case_sum AS
  SELECT p.agency, division, unit, status, p.agency = ANY (parties) AS party, p.agency = ANY (asked) AS asked, accused,
    count(*) AS cases
  FROM case_row AS c, LATERAL (SELECT '' AS agency UNION SELECT unnest(c.parties || c.asked)) AS p
  WHERE status <> 'UNSPECIFIED'
  GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE FUNCTION keep_case_cells() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO streams.case_cell AS kept (agency, division, unit, status, party, asked, accused, cases)
    SELECT p.agency, division, unit, status, p.agency = ANY (parties), p.agency = ANY (asked), accused, count(*)
    FROM new_rows AS c, LATERAL (SELECT '' AS agency UNION SELECT unnest(c.parties || c.asked)) AS p
    WHERE status <> 'UNSPECIFIED'
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (agency, division, unit, status, party, asked, accused)
      DO UPDATE SET cases = kept.cases + EXCLUDED.cases;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO streams.case_cell AS kept (agency, division, unit, status, party, asked, accused, cases)
    SELECT p.agency, division, unit, status, p.agency = ANY (parties), p.agency = ANY (asked), accused, -count(*)
    FROM old_rows AS c, LATERAL (SELECT '' AS agency UNION SELECT unnest(c.parties || c.asked)) AS p
    WHERE status <> 'UNSPECIFIED'
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (agency, division, unit, status, party, asked, accused)
      DO UPDATE SET cases = kept.cases + EXCLUDED.cases;
  ELSE
    INSERT INTO streams.case_cell AS kept (agency, division, unit, status, party, asked, accused, cases)
    SELECT p.agency, division, unit, status, p.agency = ANY (parties), p.agency = ANY (asked), accused, sum(change)
    FROM (
      SELECT parties, asked, division, unit, status, accused, 1 AS change FROM new_rows
      UNION ALL
      SELECT parties, asked, division, unit, status, accused, -1 FROM old_rows
    ) AS c, LATERAL (SELECT '' AS agency UNION SELECT unnest(c.parties || c.asked)) AS p
    WHERE status <> 'UNSPECIFIED'
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(change) <> 0
    ON CONFLICT (agency, division, unit, status, party, asked, accused)
      DO UPDATE SET cases = kept.cases + EXCLUDED.cases;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER case_cells_grow AFTER INSERT ON case_row REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_case_cells();
CREATE TRIGGER case_cells_change AFTER UPDATE ON case_row REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_case_cells();
CREATE TRIGGER case_cells_shrink AFTER DELETE ON case_row REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_case_cells();

INSERT INTO case_cell (agency, division, unit, status, party, asked, accused, cases)
  SELECT agency, division, unit, status, party, asked, accused, cases FROM case_sum;

-- What a fold of the timeline kept for it.
DROP TABLE IF EXISTS case_count;
DELETE FROM stream_offset WHERE topic = 'huiyin.counters.v1.cases';
