-- figure_row added up, in the transaction that changes it: figures are counted from these. A row that waits for a day
-- stands under that day, and counts as what it becomes from then on; all others stand under infinity.
CREATE TABLE IF NOT EXISTS figure_cell (
  month text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  division text COLLATE "C" NOT NULL,
  measure text COLLATE "C" NOT NULL,
  piece text COLLATE "C" NOT NULL,
  due timestamptz NOT NULL,
  piece_when_due text COLLATE "C" NOT NULL,
  accused text[] NOT NULL,
  cases bigint NOT NULL,
  days bigint NOT NULL,
  PRIMARY KEY (unit, month, division, measure, piece, due, piece_when_due, accused)
) WITH (fillfactor = 70);

CREATE VIEW figure_sum AS
  SELECT month, unit, division, measure, piece,
    CASE WHEN piece_when_due IS NULL THEN 'infinity' ELSE coalesce(due, 'infinity') END AS due,
    coalesce(piece_when_due, '') AS piece_when_due, accused, count(*) AS cases, sum(days)::bigint AS days
  FROM figure_row GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

CREATE FUNCTION keep_figure_cells() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE streams.figure_cell AS kept SET cases = kept.cases - gone.cases, days = kept.days - gone.days
    FROM (
      SELECT month, unit, division, measure, piece,
        CASE WHEN piece_when_due IS NULL THEN 'infinity' ELSE coalesce(due, 'infinity') END AS due,
        coalesce(piece_when_due, '') AS piece_when_due, accused, count(*) AS cases, sum(days) AS days
      FROM old_rows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) AS gone
    WHERE (kept.unit, kept.month, kept.division, kept.measure, kept.piece, kept.due, kept.piece_when_due, kept.accused)
      = (gone.unit, gone.month, gone.division, gone.measure, gone.piece, gone.due, gone.piece_when_due, gone.accused);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO streams.figure_cell AS kept
      (month, unit, division, measure, piece, due, piece_when_due, accused, cases, days)
    SELECT month, unit, division, measure, piece,
      CASE WHEN piece_when_due IS NULL THEN 'infinity' ELSE coalesce(due, 'infinity') END,
      coalesce(piece_when_due, ''), accused, count(*), sum(days)
    FROM new_rows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (unit, month, division, measure, piece, due, piece_when_due, accused)
      DO UPDATE SET cases = kept.cases + EXCLUDED.cases, days = kept.days + EXCLUDED.days;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM streams.figure_cell AS kept USING old_rows AS gone
    WHERE kept.cases = 0 AND kept.unit = gone.unit AND kept.month = gone.month AND kept.division = gone.division
      AND kept.measure = gone.measure AND kept.piece = gone.piece AND kept.accused = gone.accused;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER cells_grow AFTER INSERT ON figure_row REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_figure_cells();
CREATE TRIGGER cells_change AFTER UPDATE ON figure_row REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_figure_cells();
CREATE TRIGGER cells_shrink AFTER DELETE ON figure_row REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keep_figure_cells();

INSERT INTO figure_cell (month, unit, division, measure, piece, due, piece_when_due, accused, cases, days)
  SELECT month, unit, division, measure, piece, due, piece_when_due, accused, cases, days FROM figure_sum;
-- What counting read.
DROP INDEX IF EXISTS figure_row_by_month;
DROP INDEX IF EXISTS figure_row_by_unit;
