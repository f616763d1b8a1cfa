"""What Django cannot say: every item has its queue, parts belong to a promise, history is not edited."""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE FUNCTION backorder_queue_for_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_queue (item_id, open_units) VALUES (NEW.id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER item_has_a_queue AFTER INSERT ON catalog_item
    FOR EACH ROW EXECUTE FUNCTION backorder_queue_for_item();

ALTER TABLE orders_part ADD CONSTRAINT part_of_a_promise
    FOREIGN KEY (line_id, version) REFERENCES orders_promise (line_id, version) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER promise_is_not_edited BEFORE UPDATE OR DELETE ON orders_promise
    FOR EACH ROW EXECUTE FUNCTION backorder_append_only();
CREATE TRIGGER part_is_not_edited BEFORE UPDATE OR DELETE ON orders_part
    FOR EACH ROW EXECUTE FUNCTION backorder_append_only();
CREATE TRIGGER move_is_not_edited BEFORE UPDATE OR DELETE ON stock_move
    FOR EACH ROW EXECUTE FUNCTION backorder_append_only();
"""

BACKWARD = """
DROP TRIGGER move_is_not_edited ON stock_move;
DROP TRIGGER part_is_not_edited ON orders_part;
DROP TRIGGER promise_is_not_edited ON orders_promise;
ALTER TABLE orders_part DROP CONSTRAINT part_of_a_promise;
DROP TRIGGER item_has_a_queue ON catalog_item;
DROP FUNCTION backorder_queue_for_item();
"""


class Migration(migrations.Migration):
    dependencies = (("orders", "0001_initial"), ("journal", "0002_memory"))
    operations = (migrations.RunSQL(FORWARD, BACKWARD),)
