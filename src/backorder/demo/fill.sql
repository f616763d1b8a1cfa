-- {lines} open lines on {items} items with three dated supplies each, as a run would have left them: a fifth of the
-- lines may be served from three locations, one in twenty ships together, one in ten is wanted later.
SET session_replication_role = replica;  -- No foreign keys checked row by row: everything is made here.
SET synchronous_commit = off;
SET work_mem = '256MB';
INSERT INTO catalog_calendar (code, zone, weekdays, holiday_country, holiday_region, closed_on, opened_on)
VALUES ('always', 'UTC', '{{0,1,2,3,4,5,6}}', '', '', '{{}}', '{{}}');
INSERT INTO catalog_location (code, name, country, calendar_id, cut_off, receiving_days, processing_days, release, rank,
                              active)
SELECT l.code, l.code, 'GB', c.id, '23:59:59', 0, 0, 'by_hand', l.rank, true
FROM catalog_calendar c, (VALUES ('ONE', 1), ('TWO', 2), ('THREE', 3)) l(code, rank) WHERE c.code = 'always';
INSERT INTO catalog_service (code, name, carrier, transit_min_days, transit_max_days, calendar_id, active)
SELECT 'parcel', 'Parcel', '', 1, 3, id, true FROM catalog_calendar WHERE code = 'always';
INSERT INTO orders_channel (code, name, sourcing, service_id, currency, hold_minutes, active)
SELECT 'shop', 'Shop', 'fewest_splits', id, 'GBP', 15, true FROM catalog_service WHERE code = 'parcel';
INSERT INTO catalog_sourcingrule (channel, country, rank, location_id)
SELECT 'shop', s.country, l.rank, l.id FROM catalog_location l
JOIN (VALUES ('GB', 'ONE'), ('FR', 'ONE'), ('FR', 'TWO'), ('FR', 'THREE')) s(country, code) ON s.code = l.code;
INSERT INTO catalog_itempolicy (channel, sell, lead_time_days, min_ship_units, safety_units)
VALUES ('shop', 'backorder', 60, 1, 0);
CREATE TEMP TABLE first AS SELECT coalesce(max(id), 0) AS item FROM catalog_item;
INSERT INTO catalog_item (id, sku, name, unit, price_minor, currency, active, attributes, created_at)
SELECT f.item + n, 'FILL-' || n, 'Filled item ' || n, 'piece', 500 + n % 9500, 'GBP', true, '{{}}', now()
FROM first f, generate_series(1, {items}) n;
SELECT setval(pg_get_serial_sequence('catalog_item', 'id'), f.item + {items} + 1) FROM first f;
INSERT INTO orders_customer (id, channel_id, reference, name, email, phone, tier)
SELECT 3000000000000 + n, c.id, 'C-' || n, '', '', '',
       CASE WHEN n % 20 = 0 THEN 'gold' WHEN n % 5 = 0 THEN 'silver' ELSE '' END
FROM orders_channel c, generate_series(1, greatest({lines} / 10, 1)) n WHERE c.code = 'shop';

CREATE TEMP TABLE filled AS
SELECT 1000000000000 + o AS order_id, 2000000000000 + 2 * o + p AS id, p, f.item + (o + 5 * p) % {items} + 1 AS item_id,
       1 + (o * 7919 + p * 31) % 5 AS units, o % 5 = 0 AS anywhere, o % 20 = 7 AS together,
       CASE WHEN o % 10 = 3 THEN current_date + 30 + (o % 40)::int END AS requested_on,
       date_trunc('day', now()) - make_interval(days => (o % 20)::int + 1, secs => o % 80000) AS ordered_at,
       3000000000000 + o % greatest({lines} / 10, 1) + 1 AS customer_id, (o % 50 = 11)::int AS priority
FROM first f, generate_series(0::bigint, {lines} / 2 - 1) o, generate_series(0, 1) p;
INSERT INTO orders_order (
    id, channel_id, reference, fingerprint, customer_id, ordered_at, version, country, region, zone, locale, contact,
    ship_to, service_id, currency, shipping_minor, discount_minor, tax_minor, authorisation, shown_wording, requested_on,
    on_short, ship, substitutes_allowed, early_charge_consent, priority, tags, attributes)
SELECT order_id, c.id, 'F-' || order_id, '', customer_id, ordered_at, 1, CASE WHEN anywhere THEN 'FR' ELSE 'GB' END, '',
       'UTC', 'en', '{{}}', '{{}}', c.service_id, 'GBP', 0, 0, 0, '', '', requested_on, 'wait',
       CASE WHEN together THEN 'together' ELSE 'as_ready' END, false, false, priority,
       CASE WHEN order_id % 7 = 0 THEN '{{vip}}'::text[] ELSE '{{}}' END, '{{}}'
FROM filled, orders_channel c WHERE c.code = 'shop' AND p = 0;

INSERT INTO supply_supplier (code, name, country, lead_time_days, usual_late_days, email, active)
VALUES ('FILL', 'Fill', 'GB', 14, 0, '', true);
INSERT INTO supply_purchaseorder (supplier_id, reference, state, created_at, sent_at)
SELECT id, 'FILL-' || n || '-' || m, 'sent', now(), now()
FROM supply_supplier, generate_series(1, 3) n, generate_series(0, {items} / 100) m WHERE code = 'FILL';
CREATE TEMP TABLE coming AS
SELECT f.item + i AS item_id, 'FILL-' || n || '-' || i / 100 AS reference, 6 + (i * 31 + n * 17) % 10 AS units, current_date + (n * 15 - 10 + i / 100 % 7)::int AS eta,
       CASE WHEN i % 5 = 1 AND n = 2 THEN 'TWO' WHEN i % 5 = 1 AND n = 3 THEN 'THREE' ELSE 'ONE' END AS place
FROM first f, generate_series(1::bigint, {items}) i, generate_series(1, 3) n;
INSERT INTO supply_purchaseline (purchase_order_id, item_id, location_id, units, eta)
SELECT o.id, c.item_id, l.id, c.units, c.eta FROM coming c JOIN catalog_location l ON l.code = c.place
JOIN supply_purchaseorder o ON o.reference = c.reference;
INSERT INTO supply_supply (kind, purchase_line_id, reference, item_id, location_id, units, received, cancelled, pegged,
                           first_eta, eta, certainty, created_at)
SELECT 'purchase', n.id, o.reference, n.item_id, n.location_id, n.units, 0, 0, 0, n.eta, n.eta, 'confirmed', now()
FROM supply_purchaseline n JOIN supply_purchaseorder o ON o.id = n.purchase_order_id WHERE o.reference LIKE 'FILL-%';

-- Laid end to end by item, a line hangs on the supplies whose stretch it meets.
CREATE TEMP TABLE pieces AS
WITH demand AS (
    SELECT *, sum(units) OVER w - units AS begins, sum(units) OVER w AS ends FROM filled
    WINDOW w AS (PARTITION BY item_id ORDER BY priority DESC, ordered_at, id)
),
supply AS (
    SELECT s.id AS supply_id, s.item_id, s.eta, s.location_id, sum(units) OVER w - units AS begins,
           sum(units) OVER w AS ends
    FROM supply_supply s WHERE reference LIKE 'FILL-%' WINDOW w AS (PARTITION BY item_id ORDER BY eta, id)
),
pegged AS (
    SELECT d.id, s.supply_id, s.location_id, s.eta, least(d.ends, s.ends) - greatest(d.begins, s.begins) AS units
    FROM demand d JOIN supply s ON s.item_id = d.item_id AND s.begins < d.ends AND d.begins < s.ends
),
bare AS (
    SELECT d.id, d.units - coalesce(sum(p.units), 0) AS units FROM demand d LEFT JOIN pegged p ON p.id = d.id
    GROUP BY d.id, d.units HAVING d.units > coalesce(sum(p.units), 0)
)
SELECT d.id, x.supply_id, x.location_id, x.units::int,
       greatest(x.ready_on, d.requested_on - 3) AS ship_on
FROM demand d JOIN (
    SELECT id, supply_id, location_id, units, eta AS ready_on FROM pegged
    UNION ALL
    SELECT b.id, NULL, l.id, b.units, f.ordered_at::date + 60
    FROM bare b JOIN filled f ON f.id = b.id, catalog_location l WHERE l.code = 'ONE'
) x ON x.id = d.id;
INSERT INTO orders_line (
    id, order_id, position, item_id, placed, ordered_at, priority, requested_on, min_ship_units, ordered, open, allocated,
    released, shipped, cancelled, substituted, returned, unit_price_minor, discount_minor, tax_minor, first_promised_on,
    promised_on, first_ship_on, promised_ship_on, promise_version)
SELECT f.id, f.order_id, f.p + 1, f.item_id, true, f.ordered_at, f.priority, f.requested_on, 1, f.units, f.units, 0, 0,
       0, 0, 0, 0, 500 + f.item_id % 9500, 0, 0, x.ship_on + 3, x.ship_on + 3, x.ship_on, x.ship_on, 1
FROM filled f JOIN (SELECT id, max(ship_on) AS ship_on FROM pieces GROUP BY id) x ON x.id = f.id;
INSERT INTO orders_peg (id, line_id, supply_id, units, hard)
SELECT 4000000000000 + row_number() OVER (), id, supply_id, units, false FROM pieces WHERE supply_id IS NOT NULL;
UPDATE supply_supply s SET pegged = p.units
FROM (SELECT supply_id, sum(units) AS units FROM pieces WHERE supply_id IS NOT NULL GROUP BY 1) p WHERE p.supply_id = s.id;
INSERT INTO orders_promise (line_id, version, at, cause) SELECT id, 1, ordered_at, 'ordered' FROM filled;
INSERT INTO orders_part (line_id, version, number, units, location_id, supply_id, ship_on, deliver_from_on, deliver_on,
                         reason, backing, certain)
SELECT id, 1, row_number() OVER (PARTITION BY id ORDER BY ship_on, supply_id), units, location_id, supply_id, ship_on,
       ship_on + 1, ship_on + 3, CASE WHEN supply_id IS NULL THEN 'lead_time' ELSE 'inbound' END,
       CASE WHEN supply_id IS NULL THEN 'nothing' ELSE 'supply' END, supply_id IS NOT NULL
FROM pieces;
INSERT INTO orders_queue (item_id, open_units) SELECT item_id, sum(units) FROM filled GROUP BY item_id
ON CONFLICT (item_id) DO UPDATE SET open_units = excluded.open_units;
INSERT INTO journal_entry (era, at, actor, fact, subject, body)
SELECT (SELECT max(id) FROM journal_era), ordered_at, 'bench', 'order.placed', 'order/' || order_id, '{{}}'
FROM filled WHERE p = 0;
UPDATE catalog_version SET n = n + 1;
SET session_replication_role = origin
