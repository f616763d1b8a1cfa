-- 10,000 items; nine of ten lie on the shelf, every tenth waits for a purchase order of plenty. LAST has 500 units and
-- is sold from stock only: the item on which nothing may be oversold.
INSERT INTO catalog_calendar (code, zone, weekdays, holiday_country, holiday_region, closed_on, opened_on)
VALUES ('weekdays', 'UTC', '{0,1,2,3,4}', '', '', '{}', '{}');
INSERT INTO catalog_location (code, name, country, calendar_id, cut_off, receiving_days, processing_days, release, rank,
                              active)
SELECT 'MAIN', 'Main warehouse', 'GB', id, '14:00', 0, 0, 'by_hand', 0, true FROM catalog_calendar;
INSERT INTO catalog_service (code, name, carrier, transit_min_days, transit_max_days, calendar_id, active)
SELECT 'standard', 'Standard', '', 1, 3, id, true FROM catalog_calendar;
INSERT INTO orders_channel (code, name, sourcing, service_id, currency, hold_minutes, active)
SELECT 'web', 'Web', 'fewest_splits', id, 'GBP', 15, true FROM catalog_service;
INSERT INTO catalog_item (id, sku, name, unit, currency, active, attributes, created_at)
SELECT n, 'SKU-' || n, 'Item ' || n, 'piece', 'GBP', true, '{}', now() FROM generate_series(1, 10000) n;
INSERT INTO catalog_item (id, sku, name, unit, currency, active, attributes, created_at)
VALUES (10001, 'LAST', 'The last units', 'piece', 'GBP', true, '{}', now());
SELECT setval(pg_get_serial_sequence('catalog_item', 'id'), 20000);
INSERT INTO catalog_itempolicy (item_id, sell, lead_time_days, min_ship_units, safety_units)
VALUES (NULL, 'backorder', 14, 1, 0), (10001, 'stock_only', NULL, 1, 0);
INSERT INTO stock_move (item_id, location_id, units, kind, cause, note, at, actor)
SELECT i.id, l.id, CASE i.sku WHEN 'LAST' THEN 500 ELSE 10000000 END, 'opening', 'opening/' || i.id, '', now(), 'bench'
FROM catalog_item i, catalog_location l WHERE i.id % 10 <> 0;
INSERT INTO stock_level (item_id, location_id, on_hand, allocated) SELECT item_id, location_id, units, 0 FROM stock_move;
INSERT INTO supply_supplier (code, name, country, lead_time_days, usual_late_days, email, active)
VALUES ('ACME', 'Acme', 'GB', 14, 0, '', true);
INSERT INTO supply_purchaseorder (supplier_id, reference, state, created_at, sent_at)
SELECT id, 'PO-1', 'sent', now(), now() FROM supply_supplier;
INSERT INTO supply_purchaseline (purchase_order_id, item_id, location_id, units, eta)
SELECT p.id, i.id, l.id, 10000000, current_date + 30
FROM supply_purchaseorder p, catalog_location l, catalog_item i WHERE i.id % 10 = 0;
INSERT INTO supply_supply (kind, purchase_line_id, reference, item_id, location_id, units, received, cancelled, pegged,
                           first_eta, eta, certainty, created_at)
SELECT 'purchase', id, 'PO-1', item_id, location_id, units, 0, 0, 0, eta, eta, 'confirmed', now()
FROM supply_purchaseline;
UPDATE catalog_version SET n = n + 1;
