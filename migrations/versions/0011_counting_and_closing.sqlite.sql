-- A stock-take that has ended stays as it is, with its lines; a day's close stays as it was signed.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER stocktakes_ended_no_update BEFORE UPDATE ON stocktakes WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a stock-take that has ended is not changed'); END
--%
CREATE TRIGGER stocktakes_no_delete BEFORE DELETE ON stocktakes
BEGIN SELECT RAISE(ABORT, 'stocktakes are kept for ever'); END
--%
CREATE TRIGGER stocktake_lines_ended_no_insert BEFORE INSERT ON stocktake_lines
WHEN EXISTS (SELECT 1 FROM stocktakes WHERE id = NEW.stocktake_id AND ended_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a stock-take that has ended is not changed'); END
--%
CREATE TRIGGER stocktake_lines_ended_no_update BEFORE UPDATE ON stocktake_lines
WHEN EXISTS (SELECT 1 FROM stocktakes WHERE id IN (OLD.stocktake_id, NEW.stocktake_id) AND ended_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a stock-take that has ended is not changed'); END
--%
CREATE TRIGGER stocktake_lines_no_delete BEFORE DELETE ON stocktake_lines
BEGIN SELECT RAISE(ABORT, 'stocktake_lines are kept for ever'); END
--%
CREATE TRIGGER day_closes_no_update BEFORE UPDATE ON day_closes
BEGIN SELECT RAISE(ABORT, 'day_closes is append only'); END
--%
CREATE TRIGGER day_closes_no_delete BEFORE DELETE ON day_closes
BEGIN SELECT RAISE(ABORT, 'day_closes is append only'); END
--%
CREATE TRIGGER day_close_lines_no_update BEFORE UPDATE ON day_close_lines
BEGIN SELECT RAISE(ABORT, 'day_close_lines is append only'); END
--%
CREATE TRIGGER day_close_lines_no_delete BEFORE DELETE ON day_close_lines
BEGIN SELECT RAISE(ABORT, 'day_close_lines is append only'); END
