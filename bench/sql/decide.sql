-- What one decision writes, in one statement of bare SQL: the first 500 lines that wait for the item get a unit each
-- from the shelf, their pegs go, each gets a new promise, and the journal says so.
WITH served AS (
    SELECT l.id, l.order_id, l.promise_version + 1 AS version, p.id AS peg_id, p.supply_id
    FROM orders_line l JOIN orders_peg p ON p.line_id = l.id
    WHERE l.item_id = %(item)s AND l.open > 0 ORDER BY l.ordered_at, l.id LIMIT 500
),
level AS (UPDATE stock_level SET allocated = allocated + 500 WHERE item_id = %(item)s RETURNING id),
queue AS (UPDATE orders_queue SET open_units = open_units - 500 WHERE item_id = %(item)s),
supply AS (UPDATE supply_supply SET pegged = pegged - 500 WHERE item_id = %(item)s),
unpegged AS (DELETE FROM orders_peg WHERE id IN (SELECT peg_id FROM served)),
owned AS (INSERT INTO orders_allocation (id, level_id, line_id, hold_id, allocated, released)
    SELECT served.peg_id, level.id, served.id, NULL, 1, 0 FROM served, level),
promise AS (INSERT INTO orders_promise (line_id, version, at, cause) SELECT id, version, now(), 'receipt' FROM served),
part AS (INSERT INTO orders_part (line_id, version, number, units, location_id, supply_id, ship_on, deliver_from_on,
                                  deliver_on, reason, backing, certain)
    SELECT id, version, 1, 1, 1, NULL, current_date + 1, current_date + 2, current_date + 4, 'on_shelf', 'stock', true
    FROM served),
line AS (UPDATE orders_line l SET open = 0, allocated = 1, promised_on = current_date + 4,
                                  promised_ship_on = current_date + 1, promise_version = served.version
    FROM served WHERE l.id = served.id),
unmarked AS (DELETE FROM stock_changed WHERE item_id = %(item)s)
INSERT INTO journal_entry (era, at, actor, fact, subject, body)
SELECT (SELECT max(id) FROM journal_era), now(), 'worker', 'line.redecided', 'order/' || order_id,
       jsonb_build_object('line', id, 'item', %(item)s::int, 'cause', 'receipt', 'allocated', 1, 'was', current_date,
                          'promised_on', current_date + 4)
FROM served
