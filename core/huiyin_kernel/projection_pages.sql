-- States are written again with every event of their case, and grow: free space keeps them on their page, without index
-- writes, and what they were is cleared away there.
ALTER TABLE projection_state SET (fillfactor = 50);
