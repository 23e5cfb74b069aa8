-- What a meeting adopted is not changed any more, neither the version nor a clause of it.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER covenants_adopted_no_update BEFORE UPDATE ON covenants WHEN OLD.state = 'adopted'
BEGIN SELECT RAISE(ABORT, 'an adopted covenant is not changed'); END
--%
CREATE TRIGGER covenants_adopted_no_delete BEFORE DELETE ON covenants WHEN OLD.state = 'adopted'
BEGIN SELECT RAISE(ABORT, 'an adopted covenant is not changed'); END
--%
CREATE TRIGGER clauses_adopted_no_insert BEFORE INSERT ON clauses
WHEN EXISTS (SELECT 1 FROM covenants WHERE id = NEW.covenant_id AND state = 'adopted')
BEGIN SELECT RAISE(ABORT, 'an adopted covenant is not changed'); END
--%
CREATE TRIGGER clauses_adopted_no_update BEFORE UPDATE ON clauses
WHEN EXISTS (SELECT 1 FROM covenants WHERE id IN (OLD.covenant_id, NEW.covenant_id) AND state = 'adopted')
BEGIN SELECT RAISE(ABORT, 'an adopted covenant is not changed'); END
--%
CREATE TRIGGER clauses_adopted_no_delete BEFORE DELETE ON clauses
WHEN EXISTS (SELECT 1 FROM covenants WHERE id = OLD.covenant_id AND state = 'adopted')
BEGIN SELECT RAISE(ABORT, 'an adopted covenant is not changed'); END
