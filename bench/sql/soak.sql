-- Twenty items that are always short, two places, one supplier: whoever orders meets whoever receives.
INSERT INTO catalog_calendar (code, zone, weekdays, holiday_country, holiday_region, closed_on, opened_on)
VALUES ('always', 'UTC', '{0,1,2,3,4,5,6}', '', '', '{}', '{}');
INSERT INTO catalog_location (code, name, country, calendar_id, cut_off, receiving_days, processing_days, release, rank,
                              active)
SELECT place, place, 'GB', c.id, '14:00', 0, 0, 'by_hand', rank, true
FROM catalog_calendar c, (VALUES ('NORTH', 0), ('SOUTH', 1)) v (place, rank);
INSERT INTO catalog_service (code, name, carrier, transit_min_days, transit_max_days, calendar_id, active)
SELECT 'standard', 'Standard', '', 1, 3, id, true FROM catalog_calendar;
INSERT INTO orders_channel (code, name, sourcing, service_id, currency, hold_minutes, active)
SELECT 'web', 'Web', 'fewest_splits', id, 'GBP', 15, true FROM catalog_service;
INSERT INTO catalog_item (sku, name, unit, currency, active, attributes, created_at)
SELECT 'SKU-' || n, 'Item ' || n, 'piece', 'GBP', true, '{}', now() FROM generate_series(1, 20) n;
INSERT INTO catalog_itempolicy (item_id, sell, lead_time_days, min_ship_units, safety_units)
VALUES (NULL, 'backorder', 14, 1, 0);
INSERT INTO catalog_itempolicy (item_id, sell, min_ship_units, safety_units)
SELECT id, 'stock_only', 1, 0 FROM catalog_item WHERE sku IN ('SKU-1', 'SKU-2', 'SKU-3');
INSERT INTO stock_move (item_id, location_id, units, kind, cause, note, at, actor)
SELECT i.id, l.id, 100, 'opening', 'opening', '', now(), 'soak' FROM catalog_item i, catalog_location l;
INSERT INTO stock_level (item_id, location_id, on_hand, allocated) SELECT item_id, location_id, units, 0 FROM stock_move;
UPDATE catalog_version SET n = n + 1;
