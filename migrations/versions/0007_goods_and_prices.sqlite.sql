-- A price that was set stays in the history, however short it held.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER good_prices_no_update BEFORE UPDATE ON good_prices
BEGIN SELECT RAISE(ABORT, 'good_prices is append only'); END
--%
CREATE TRIGGER good_prices_no_delete BEFORE DELETE ON good_prices
BEGIN SELECT RAISE(ABORT, 'good_prices is append only'); END
