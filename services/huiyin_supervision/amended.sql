-- Open clocks that got another date by an application of policy, as ListAmendedClocks shows them.
CREATE TABLE IF NOT EXISTS amended_clock (
  policy_id text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" NOT NULL,
  clock_id text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  clock bytea NOT NULL,
  PRIMARY KEY (policy_id, case_id, clock_id)
);
