-- Cases and figures are one fold now, whose states are of another form: it begins at the beginning, and what the two
-- have kept and shown goes before. Row by row, not by TRUNCATE: what is added up from these rows goes with them. The
-- events in case_event stay: they are the timeline's as well, and the fold finds them there.
DELETE FROM projection_state WHERE model IN ('case', 'figures');
DELETE FROM projection_cursor WHERE model IN ('case', 'figures');
DELETE FROM fold_waiting WHERE model IN ('case', 'figures');
-- Nobody drives letters of the figures' own fold again: what it could not take, the one fold meets by itself.
UPDATE dead_letter SET state = 3 WHERE consumer = 'streams-figures' AND state < 3;
DELETE FROM policy_applied WHERE consumer = 'figures';
DELETE FROM policy_counted WHERE consumer = 'figures';
DELETE FROM case_row;
DELETE FROM figure_row;
