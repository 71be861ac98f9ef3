-- Requests are named within the scope of whose they are. Run once, by the owner role, with the log's schema alone
-- on the search path. Rows from before have no scope; from now on each says whose it is.
ALTER TABLE request ADD COLUMN scope text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE request ALTER COLUMN scope DROP DEFAULT;
ALTER TABLE request DROP CONSTRAINT request_pkey;
ALTER TABLE request ADD PRIMARY KEY (request_id, scope);
