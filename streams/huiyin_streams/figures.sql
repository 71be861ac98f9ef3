-- What each case adds to evaluation figures; derived from the figure fold, counted when read.
CREATE TABLE IF NOT EXISTS figure_row (
  case_id text COLLATE "C" NOT NULL,
  measure text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  unit text COLLATE "C" NOT NULL,
  division text COLLATE "C" NOT NULL,
  month text COLLATE "C" NOT NULL,
  piece text COLLATE "C" NOT NULL,
  days integer NOT NULL,
  due timestamptz,
  piece_when_due text COLLATE "C",
  accused text[] NOT NULL,
  PRIMARY KEY (case_id, measure, number)
);
CREATE INDEX IF NOT EXISTS figure_row_by_month ON figure_row (month, division);
CREATE INDEX IF NOT EXISTS figure_row_by_unit ON figure_row (unit, month);
