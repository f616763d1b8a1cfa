-- What must be true of an installation's data after any storm, demo, soak or bench, written from the design alone.
--
-- One query. Each row it returns is one violated invariant: its name, up to five subjects that break it, and how many
-- do. No rows: clean. It reads only and may run at any time: what it claims holds at every commit, not only at rest.
-- Each invariant has a test that breaks it and sees it reported (tests/storm/test_invariants.py).
WITH
owned AS (  -- what each line or hold owns of the shelf
    SELECT line_id, hold_id, sum(allocated) AS allocated, sum(released) AS released
    FROM orders_allocation GROUP BY line_id, hold_id
),
pegged AS (  -- what each line or hold waits for
    SELECT line_id, hold_id, sum(units) AS units FROM orders_peg GROUP BY line_id, hold_id
),
sent AS (
    SELECT line_id, sum(units) AS units FROM orders_shipmentline GROUP BY line_id
),
current_part AS (  -- the parts of each line's current promise
    SELECT l.id AS line_id, sum(p.units) AS units, max(p.deliver_on) AS deliver_on, max(p.ship_on) AS ship_on,
           count(*) AS parts, max(p.number) AS last_number, min(p.number) AS first_number
    FROM orders_line l JOIN orders_part p ON p.line_id = l.id AND p.version = l.promise_version
    GROUP BY l.id
),
first_part AS (  -- the parts of the first promise that named a day
    SELECT p.line_id, max(p.deliver_on) AS deliver_on, max(p.ship_on) AS ship_on
    FROM orders_part p
    JOIN (SELECT line_id, min(version) AS version FROM orders_part GROUP BY line_id) f USING (line_id, version)
    GROUP BY p.line_id
),
kit AS (  -- how many whole kits each component of a kit stands for
    SELECT c.kit_line_id, c.id, c.ordered, k.kit_units, c.per_kit,
           c.shipped::numeric / nullif(c.per_kit, 0) AS kits_shipped,
           c.cancelled::numeric / nullif(c.per_kit, 0) AS kits_cancelled
    FROM orders_line c JOIN orders_line k ON k.id = c.kit_line_id
),
street AS (  -- the policy of each line: item before channel; the row of a place says nothing about the day
    SELECT DISTINCT ON (l.id) l.id AS line_id, CASE WHEN p.sell <> 'stock_only' THEN p.street_on END AS street_on
    FROM orders_line l
    JOIN orders_order o ON o.id = l.order_id
    JOIN orders_channel c ON c.id = o.channel_id
    JOIN catalog_itempolicy p
      ON p.location_id IS NULL AND (p.item_id IS NULL OR p.item_id = l.item_id)
     AND (p.channel IS NULL OR p.channel = c.code)
    WHERE l.open + l.allocated + l.released > 0
    ORDER BY l.id, p.item_id NULLS LAST, p.channel NULLS LAST
),
broken (name, subject) AS (

    -- Lines: no unit is lost or doubled ------------------------------------------------------------------------------
    SELECT 'line_balance', 'line/' || id FROM orders_line
    WHERE ordered <> open + allocated + released + shipped + cancelled + substituted
       OR least(open, allocated, released, shipped, cancelled, substituted, returned) < 0
    UNION ALL
    SELECT 'returned_was_shipped', 'line/' || id FROM orders_line WHERE returned > shipped
    UNION ALL
    SELECT 'line_allocated_is_its_allocations', 'line/' || l.id
    FROM orders_line l LEFT JOIN owned o ON o.line_id = l.id
    WHERE l.allocated <> coalesce(o.allocated, 0) OR l.released <> coalesce(o.released, 0)
    UNION ALL
    SELECT 'line_pegs_within_open', 'line/' || l.id
    FROM orders_line l JOIN pegged p ON p.line_id = l.id WHERE p.units > l.open
    UNION ALL
    SELECT 'line_shipped_is_its_shipments', 'line/' || l.id
    FROM orders_line l LEFT JOIN sent s ON s.line_id = l.id WHERE l.shipped <> coalesce(s.units, 0)
    UNION ALL
    SELECT 'shipment_is_of_its_order', 'shipment/' || s.id
    FROM orders_shipmentline sl JOIN orders_shipment s ON s.id = sl.shipment_id JOIN orders_line l ON l.id = sl.line_id
    WHERE l.order_id <> s.order_id
    UNION ALL
    SELECT 'order_has_lines', 'order/' || o.id FROM orders_order o
    WHERE NOT EXISTS (SELECT FROM orders_line l WHERE l.order_id = o.id)
    UNION ALL
    SELECT 'one_order_per_reference', 'channel/' || channel_id || ' ' || reference
    FROM orders_order GROUP BY channel_id, reference HAVING count(*) > 1
    UNION ALL
    SELECT 'substituted_units_have_a_line', 'line/' || l.id FROM orders_line l
    WHERE l.substituted > 0 AND NOT EXISTS (SELECT FROM orders_line s WHERE s.instead_of_id = l.id)

    -- The shelf: never oversold, and every unit has one owner ----------------------------------------------------------
    UNION ALL
    SELECT 'never_oversold', 'level/' || id FROM stock_level WHERE allocated < 0 OR allocated > on_hand
    UNION ALL
    SELECT 'level_allocated_is_its_allocations', 'level/' || l.id
    FROM stock_level l
    LEFT JOIN (SELECT level_id, sum(allocated + released) AS units FROM orders_allocation GROUP BY level_id) a
      ON a.level_id = l.id
    WHERE l.allocated <> coalesce(a.units, 0)
    UNION ALL
    SELECT 'on_hand_is_its_moves', 'item/' || item_id || ' location/' || location_id
    FROM (SELECT item_id, location_id, on_hand AS units FROM stock_level
          UNION ALL SELECT item_id, location_id, -units FROM stock_move) booked
    GROUP BY item_id, location_id HAVING sum(units) <> 0
    UNION ALL
    SELECT 'one_move_per_cause', 'item/' || item_id || ' ' || kind || ' ' || cause
    FROM stock_move GROUP BY item_id, location_id, kind, cause HAVING count(*) > 1
    UNION ALL
    SELECT 'shipment_moves_are_the_shipments', 'item/' || item_id || ' location/' || location_id
    FROM (SELECT l.item_id, s.location_id, sl.units
          FROM orders_shipmentline sl JOIN orders_shipment s ON s.id = sl.shipment_id
          JOIN orders_line l ON l.id = sl.line_id
          UNION ALL SELECT item_id, location_id, units FROM stock_move WHERE kind = 'shipment') booked
    GROUP BY item_id, location_id HAVING sum(units) <> 0
    UNION ALL
    SELECT 'allocation_is_of_its_item', 'allocation/' || a.id
    FROM orders_allocation a JOIN stock_level v ON v.id = a.level_id
    LEFT JOIN orders_line l ON l.id = a.line_id LEFT JOIN orders_hold h ON h.id = a.hold_id
    WHERE v.item_id IS DISTINCT FROM coalesce(l.item_id, h.item_id)
    UNION ALL
    SELECT 'allocation_has_one_owner', 'allocation/' || id FROM orders_allocation
    WHERE num_nonnulls(line_id, hold_id) <> 1 OR least(allocated, released) < 0 OR allocated + released < 1
       OR (hold_id IS NOT NULL AND released <> 0)

    -- Supply: every promise is backed by live supply, or says that it is not ---------------------------------------------
    UNION ALL
    SELECT 'supply_pegged_is_its_pegs', 'supply/' || s.id
    FROM supply_supply s
    LEFT JOIN (SELECT supply_id, sum(units) AS units FROM orders_peg GROUP BY supply_id) p ON p.supply_id = s.id
    WHERE s.pegged <> coalesce(p.units, 0)
    UNION ALL
    SELECT 'pegged_within_what_comes', 'supply/' || id FROM supply_supply
    WHERE pegged < 0 OR pegged > greatest(units - received - cancelled, 0)
    UNION ALL
    SELECT 'supply_units', 'supply/' || id FROM supply_supply
    WHERE least(units, received, cancelled) < 0 OR cancelled > units
    UNION ALL
    SELECT 'no_peg_to_dead_supply', 'peg/' || p.id
    FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
    LEFT JOIN supply_purchaseline pl ON pl.id = s.purchase_line_id
    LEFT JOIN supply_purchaseorder po ON po.id = pl.purchase_order_id
    WHERE s.units - s.received - s.cancelled <= 0 OR po.state <> 'sent'
    UNION ALL
    SELECT 'peg_is_of_its_item', 'peg/' || p.id
    FROM orders_peg p JOIN supply_supply s ON s.id = p.supply_id
    LEFT JOIN orders_line l ON l.id = p.line_id LEFT JOIN orders_hold h ON h.id = p.hold_id
    WHERE s.item_id IS DISTINCT FROM coalesce(l.item_id, h.item_id)
    UNION ALL
    SELECT 'peg_has_one_owner', 'peg/' || id FROM orders_peg WHERE num_nonnulls(line_id, hold_id) <> 1 OR units < 1
    UNION ALL
    SELECT 'received_is_its_receipts', 'supply/' || s.id
    FROM supply_supply s
    LEFT JOIN (SELECT supply_id, sum(units) AS units FROM supply_receipt GROUP BY supply_id) r ON r.supply_id = s.id
    WHERE s.received <> coalesce(r.units, 0)
    UNION ALL
    SELECT 'receipt_moves_are_the_receipts', 'item/' || item_id || ' location/' || location_id
    FROM (SELECT s.item_id, s.location_id, r.units FROM supply_receipt r JOIN supply_supply s ON s.id = r.supply_id
          UNION ALL SELECT item_id, location_id, -units FROM stock_move WHERE kind = 'receipt') booked
    GROUP BY item_id, location_id HAVING sum(units) <> 0
    UNION ALL
    SELECT 'one_receipt_per_key', 'receipt ' || key FROM supply_receipt GROUP BY key HAVING count(*) > 1
    UNION ALL
    SELECT 'drafts_are_not_supply', 'purchase order/' || po.id
    FROM supply_purchaseorder po JOIN supply_purchaseline pl ON pl.purchase_order_id = po.id
    JOIN supply_supply s ON s.purchase_line_id = pl.id WHERE po.state = 'draft'
    UNION ALL
    SELECT 'supply_is_what_was_ordered', 'purchase line/' || pl.id
    FROM supply_purchaseline pl
    JOIN supply_purchaseorder po ON po.id = pl.purchase_order_id AND po.state IN ('sent', 'closed')
    LEFT JOIN (SELECT purchase_line_id, sum(units) AS units FROM supply_supply GROUP BY purchase_line_id) s
      ON s.purchase_line_id = pl.id
    WHERE pl.units <> coalesce(s.units, 0)
    UNION ALL
    SELECT 'eta_is_its_last_change', 'supply/' || s.id
    FROM supply_supply s
    JOIN (SELECT DISTINCT ON (supply_id) supply_id, now FROM supply_etachange ORDER BY supply_id, id DESC) e
      ON e.supply_id = s.id
    WHERE s.eta <> e.now

    -- Holds: own like a line while they live, own nothing afterwards ------------------------------------------------------
    UNION ALL
    SELECT 'live_hold_balance', 'hold/' || h.id
    FROM orders_hold h LEFT JOIN owned o ON o.hold_id = h.id
    WHERE h.ended_at IS NULL AND h.units <> h.open + coalesce(o.allocated, 0)
    UNION ALL
    SELECT 'ended_hold_owns_nothing', 'hold/' || h.id FROM orders_hold h
    WHERE h.ended_at IS NOT NULL
      AND (EXISTS (SELECT FROM orders_allocation a WHERE a.hold_id = h.id)
           OR EXISTS (SELECT FROM orders_peg p WHERE p.hold_id = h.id))
    UNION ALL
    SELECT 'hold_pegs_within_open', 'hold/' || h.id
    FROM orders_hold h JOIN pegged p ON p.hold_id = h.id WHERE p.units > h.open
    UNION ALL
    SELECT 'hold_outcome_says_how_it_ended', 'hold/' || id FROM orders_hold
    WHERE (ended_at IS NULL) <> (outcome = '') OR (outcome = 'ordered') <> (order_id IS NOT NULL)

    -- The queue -----------------------------------------------------------------------------------------------------------
    UNION ALL
    SELECT 'every_item_has_a_queue', 'item/' || i.id FROM catalog_item i
    WHERE NOT EXISTS (SELECT FROM orders_queue q WHERE q.item_id = i.id)
    UNION ALL
    SELECT 'queue_is_what_waits', 'item/' || item_id
    FROM (SELECT item_id, open_units AS units FROM orders_queue
          UNION ALL SELECT item_id, -open FROM orders_line WHERE open <> 0
          UNION ALL SELECT item_id, -open FROM orders_hold WHERE ended_at IS NULL) counted
    GROUP BY item_id HAVING sum(units) <> 0

    -- Promises: versions, never edited ------------------------------------------------------------------------------------
    UNION ALL
    SELECT 'promise_versions_are_dense', 'line/' || l.id
    FROM orders_line l
    LEFT JOIN (SELECT line_id, count(*) AS versions, min(version) AS least, max(version) AS last
               FROM orders_promise GROUP BY line_id) p ON p.line_id = l.id
    WHERE coalesce(p.versions, 0) <> l.promise_version OR coalesce(p.last, 0) <> l.promise_version
       OR coalesce(p.least, 1) <> 1
    UNION ALL
    SELECT 'every_line_has_a_promise', 'line/' || id FROM orders_line
    WHERE kit_units IS NULL AND promise_version = 0 AND open + allocated + released > 0
    UNION ALL
    SELECT 'part_has_its_promise', 'line/' || p.line_id || ' version ' || p.version FROM orders_part p
    WHERE NOT EXISTS (SELECT FROM orders_promise v WHERE v.line_id = p.line_id AND v.version = p.version)
    UNION ALL
    -- Units that nothing backs and no lead time dates may be left out; those on the shelf or pegged have their day.
    SELECT 'promise_covers_what_is_owed', 'line/' || l.id
    FROM orders_line l
    LEFT JOIN current_part c ON c.line_id = l.id
    LEFT JOIN pegged g ON g.line_id = l.id
    WHERE l.open + l.allocated + l.released > 0 AND l.kit_units IS NULL
      AND (coalesce(c.units, 0) > l.open + l.allocated + l.released + l.shipped
           OR (l.promised_on IS NOT NULL AND coalesce(c.units, 0) < l.allocated + l.released + coalesce(g.units, 0)))
    UNION ALL
    SELECT 'promised_day_is_that_of_the_last_part', 'line/' || l.id
    FROM orders_line l LEFT JOIN current_part c ON c.line_id = l.id
    WHERE l.promise_version > 0 AND l.open + l.allocated + l.released > 0 AND l.promised_on IS NOT NULL
      AND (l.promised_on IS DISTINCT FROM c.deliver_on OR l.promised_ship_on IS DISTINCT FROM c.ship_on)
    UNION ALL
    SELECT 'first_promise_never_changes', 'line/' || l.id
    FROM orders_line l LEFT JOIN first_part f ON f.line_id = l.id
    WHERE l.first_promised_on IS DISTINCT FROM f.deliver_on OR l.first_ship_on IS DISTINCT FROM f.ship_on
    UNION ALL
    SELECT 'part_days_in_order', 'line/' || line_id || ' version ' || version FROM orders_part
    WHERE units < 1 OR deliver_from_on < ship_on OR deliver_on < deliver_from_on
    UNION ALL
    SELECT 'nothing_ships_before_its_street_date', 'line/' || s.line_id
    FROM street s JOIN orders_line l ON l.id = s.line_id
    JOIN orders_part p ON p.line_id = l.id AND p.version = l.promise_version
    WHERE p.ship_on < s.street_on AND NOT EXISTS (SELECT FROM stock_changed m WHERE m.item_id = l.item_id)

    -- Kits: whole when they leave; a part may be allocated ahead of the others ---------------------------------------------
    UNION ALL
    SELECT 'kit_has_all_its_parts', 'line/' || id FROM kit
    WHERE per_kit IS NULL OR kit_units IS NULL OR ordered <> kit_units * per_kit
    UNION ALL
    SELECT 'kit_line_has_components', 'line/' || k.id FROM orders_line k
    WHERE k.kit_units IS NOT NULL AND NOT EXISTS (SELECT FROM orders_line c WHERE c.kit_line_id = k.id)
    UNION ALL
    SELECT 'kits_leave_whole', 'line/' || kit_line_id FROM kit
    GROUP BY kit_line_id
    HAVING min(kits_shipped) <> max(kits_shipped) OR min(kits_cancelled) <> max(kits_cancelled)
        OR bool_or(kits_shipped <> trunc(kits_shipped))

    -- The journal ---------------------------------------------------------------------------------------------------------
    UNION ALL
    SELECT 'every_order_is_in_the_journal', 'order/' || o.id FROM orders_order o
    LEFT JOIN journal_entry e ON e.subject = 'order/' || o.id AND e.fact = 'order.placed'
    GROUP BY o.id HAVING count(e.seq) <> 1
    UNION ALL
    SELECT 'journal_tells_of_real_orders', e.subject FROM journal_entry e
    WHERE e.fact = 'order.placed' AND NOT EXISTS (SELECT FROM orders_order o WHERE 'order/' || o.id = e.subject)
    UNION ALL
    SELECT 'entry_belongs_to_an_era', 'entry/' || seq FROM journal_entry e
    WHERE NOT EXISTS (SELECT FROM journal_era a WHERE a.id = e.era)
    UNION ALL
    SELECT 'entry_is_told_once', 'entry/' || seq FROM journal_entry GROUP BY era, seq HAVING count(*) > 1
    UNION ALL
    SELECT 'entry_is_of_the_past', 'entry/' || seq FROM journal_entry
    WHERE era = (SELECT max(id) FROM journal_era) AND xact >= pg_snapshot_xmax(pg_current_snapshot())
      AND xact IS DISTINCT FROM pg_current_xact_id_if_assigned()
    UNION ALL
    SELECT 'follower_is_not_ahead', 'follower/' || f.name FROM journal_follower f
    WHERE f.seq > 0 AND NOT EXISTS (
        SELECT FROM journal_entry e WHERE (e.era, e.xact::text::bigint, e.seq) >= (f.era, f.xact, f.seq))
    UNION ALL
    SELECT 'clock_is_one_row', 'clock' FROM (SELECT count(*) AS clocks FROM journal_clock) c WHERE clocks <> 1

    -- Access and notices --------------------------------------------------------------------------------------------------
    UNION ALL
    SELECT 'one_answer_per_token', 'key/' || key_id || ' ' || token FROM access_replay
    GROUP BY key_id, token HAVING count(*) > 1
    UNION ALL
    SELECT 'replay_has_its_answer', 'replay/' || id FROM access_replay WHERE (status IS NULL) <> (answer IS NULL)
    UNION ALL
    SELECT 'delivery_knows_its_end', 'delivery/' || id FROM notices_delivery
    WHERE (state = 'delivered') <> (delivered_at IS NOT NULL)
),
counted AS (
    SELECT name, subject, count(*) OVER (PARTITION BY name) AS how_many,
           row_number() OVER (PARTITION BY name ORDER BY subject) AS place
    FROM broken
)
SELECT name, string_agg(subject, ', ' ORDER BY place) AS detail, max(how_many) AS how_many
FROM counted WHERE place <= 5 GROUP BY name ORDER BY name
