-- What is written again while a case goes on stays on its page, where what it was is cleared away.
ALTER TABLE stream_state SET (fillfactor = 50);
ALTER TABLE timeline_case SET (fillfactor = 50);
ALTER TABLE case_row SET (fillfactor = 60);
ALTER TABLE figure_row SET (fillfactor = 85);
