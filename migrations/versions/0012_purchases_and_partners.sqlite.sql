-- What was approved stays as it was approved; a closed settlement is not changed any more.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER purchases_no_delete BEFORE DELETE ON purchases
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER purchases_approved_no_update BEFORE UPDATE OF id, village_id, serial, title, wanted_on, budget_fen,
  drafted_by, drafted_at, chosen, few_reason, choice_reason, quoted_by, quoted_at, approved_by, approved_at,
  approval_note ON purchases WHEN OLD.state NOT IN ('draft', 'quoted')
BEGIN SELECT RAISE(ABORT, 'an approved purchase is not changed'); END
--%
CREATE TRIGGER purchases_ended_no_update BEFORE UPDATE OF state, received_at, shortfall, hung_on, hung_where,
  published_by, cancelled_at, cancel_reason ON purchases WHEN OLD.state IN ('published', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a purchase that has ended is not changed'); END
--%
CREATE TRIGGER purchase_lines_no_insert BEFORE INSERT ON purchase_lines
WHEN NOT EXISTS (SELECT 1 FROM purchases WHERE id = NEW.purchase_id AND state = 'draft')
BEGIN SELECT RAISE(ABORT, 'only a draft of a purchase is changed'); END
--%
CREATE TRIGGER purchase_lines_no_update BEFORE UPDATE ON purchase_lines
WHEN NOT EXISTS (SELECT 1 FROM purchases WHERE id = OLD.purchase_id AND id = NEW.purchase_id AND state = 'draft')
BEGIN SELECT RAISE(ABORT, 'only a draft of a purchase is changed'); END
--%
CREATE TRIGGER purchase_lines_no_delete BEFORE DELETE ON purchase_lines
WHEN NOT EXISTS (SELECT 1 FROM purchases WHERE id = OLD.purchase_id AND state = 'draft')
BEGIN SELECT RAISE(ABORT, 'only a draft of a purchase is changed'); END
--%
CREATE TRIGGER purchase_quotes_no_insert BEFORE INSERT ON purchase_quotes
WHEN NOT EXISTS (SELECT 1 FROM purchases WHERE id = NEW.purchase_id AND state = 'draft')
BEGIN SELECT RAISE(ABORT, 'only a draft of a purchase is changed'); END
--%
CREATE TRIGGER purchase_quotes_no_update BEFORE UPDATE ON purchase_quotes
WHEN NOT EXISTS (SELECT 1 FROM purchases WHERE id = OLD.purchase_id AND id = NEW.purchase_id AND state = 'draft')
BEGIN SELECT RAISE(ABORT, 'only a draft of a purchase is changed'); END
--%
CREATE TRIGGER purchase_quotes_no_delete BEFORE DELETE ON purchase_quotes
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER purchase_receipts_no_update BEFORE UPDATE ON purchase_receipts
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER purchase_receipts_no_delete BEFORE DELETE ON purchase_receipts
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER partner_goods_no_update BEFORE UPDATE OF id, village_id, partner_id, good_id, value_fen, since, actor
  ON partner_goods
BEGIN SELECT RAISE(ABORT, 'an agreed value is not changed'); END
--%
CREATE TRIGGER partner_goods_no_delete BEFORE DELETE ON partner_goods
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER settlements_closed_no_update BEFORE UPDATE OF id, village_id, serial, partner_id, first_day, last_day,
  opened_by, opened_at, redemptions, points, value_fen, payable_fen, closed_by, closed_at
  ON settlements WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a closed settlement is not changed'); END
--%
CREATE TRIGGER settlements_signed_no_update BEFORE UPDATE ON settlements WHEN OLD.state = 'signed'
BEGIN SELECT RAISE(ABORT, 'a signed settlement is not changed'); END
--%
CREATE TRIGGER settlements_no_delete BEFORE DELETE ON settlements
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER settlement_lines_no_insert BEFORE INSERT ON settlement_lines
WHEN NOT EXISTS (SELECT 1 FROM settlements WHERE id = NEW.settlement_id AND state = 'open')
BEGIN SELECT RAISE(ABORT, 'a closed settlement is not changed'); END
--%
CREATE TRIGGER settlement_lines_no_update BEFORE UPDATE ON settlement_lines
BEGIN SELECT RAISE(ABORT, 'append only'); END
--%
CREATE TRIGGER settlement_lines_no_delete BEFORE DELETE ON settlement_lines
BEGIN SELECT RAISE(ABORT, 'append only'); END
