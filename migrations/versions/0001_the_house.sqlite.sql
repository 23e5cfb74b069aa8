-- Append-only tables refuse change; texts beside a chain may only be emptied; a submission's result is written once.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append only'); END
--%
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append only'); END
--%
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers is append only'); END
--%
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers is append only'); END
--%
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries is append only'); END
--%
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries is append only'); END
--%
CREATE TRIGGER stock_moves_no_update BEFORE UPDATE ON stock_moves
BEGIN SELECT RAISE(ABORT, 'stock_moves is append only'); END
--%
CREATE TRIGGER stock_moves_no_delete BEFORE DELETE ON stock_moves
BEGIN SELECT RAISE(ABORT, 'stock_moves is append only'); END
--%
CREATE TRIGGER claim_events_no_update BEFORE UPDATE ON claim_events
BEGIN SELECT RAISE(ABORT, 'claim_events is append only'); END
--%
CREATE TRIGGER claim_events_no_delete BEFORE DELETE ON claim_events
BEGIN SELECT RAISE(ABORT, 'claim_events is append only'); END
--%
CREATE TRIGGER board_snapshots_no_update BEFORE UPDATE ON board_snapshots
BEGIN SELECT RAISE(ABORT, 'board_snapshots is append only'); END
--%
CREATE TRIGGER board_snapshots_no_delete BEFORE DELETE ON board_snapshots
BEGIN SELECT RAISE(ABORT, 'board_snapshots is append only'); END
--%
CREATE TRIGGER closed_months_no_update BEFORE UPDATE ON closed_months
BEGIN SELECT RAISE(ABORT, 'closed_months is append only'); END
--%
CREATE TRIGGER closed_months_no_delete BEFORE DELETE ON closed_months
BEGIN SELECT RAISE(ABORT, 'closed_months is append only'); END
--%
CREATE TRIGGER audit_texts_only_emptied BEFORE UPDATE ON audit_texts
WHEN NEW.text IS NOT NULL OR NEW.salt IS NOT OLD.salt
  OR NEW.sequence IS NOT OLD.sequence OR NEW.place_id IS NOT OLD.place_id
BEGIN SELECT RAISE(ABORT, 'audit_texts may only be emptied'); END
--%
CREATE TRIGGER audit_texts_no_delete BEFORE DELETE ON audit_texts
BEGIN SELECT RAISE(ABORT, 'audit_texts is append only'); END
--%
CREATE TRIGGER transfer_texts_only_emptied BEFORE UPDATE ON transfer_texts
WHEN NEW.text IS NOT NULL OR NEW.salt IS NOT OLD.salt
  OR NEW.sequence IS NOT OLD.sequence OR NEW.village_id IS NOT OLD.village_id
BEGIN SELECT RAISE(ABORT, 'transfer_texts may only be emptied'); END
--%
CREATE TRIGGER transfer_texts_no_delete BEFORE DELETE ON transfer_texts
BEGIN SELECT RAISE(ABORT, 'transfer_texts is append only'); END
--%
CREATE TRIGGER stock_move_texts_only_emptied BEFORE UPDATE ON stock_move_texts
WHEN NEW.text IS NOT NULL OR NEW.salt IS NOT OLD.salt
  OR NEW.sequence IS NOT OLD.sequence OR NEW.village_id IS NOT OLD.village_id
BEGIN SELECT RAISE(ABORT, 'stock_move_texts may only be emptied'); END
--%
CREATE TRIGGER stock_move_texts_no_delete BEFORE DELETE ON stock_move_texts
BEGIN SELECT RAISE(ABORT, 'stock_move_texts is append only'); END
--%
CREATE TRIGGER claim_event_texts_only_emptied BEFORE UPDATE ON claim_event_texts
WHEN NEW.text IS NOT NULL OR NEW.salt IS NOT OLD.salt
  OR NEW.sequence IS NOT OLD.sequence OR NEW.village_id IS NOT OLD.village_id
BEGIN SELECT RAISE(ABORT, 'claim_event_texts may only be emptied'); END
--%
CREATE TRIGGER claim_event_texts_no_delete BEFORE DELETE ON claim_event_texts
BEGIN SELECT RAISE(ABORT, 'claim_event_texts is append only'); END
--%
CREATE TRIGGER submissions_result_once BEFORE UPDATE ON submissions
WHEN OLD.result IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a submission is written once'); END
--%
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions
BEGIN SELECT RAISE(ABORT, 'submissions are kept for ever'); END
