-- A small world in which every invariant has something to look at: made by hand, it holds all of them.
INSERT INTO catalog_calendar (id, code, zone, weekdays, holiday_country, holiday_region, closed_on, opened_on)
VALUES (1, 'weekdays', 'UTC', '{0,1,2,3,4}', '', '', '{}', '{}');
INSERT INTO catalog_location (id, code, name, country, calendar_id, cut_off, receiving_days, processing_days, release,
                              rank, active)
VALUES (1, 'LON', 'London', 'GB', 1, '14:00', 0, 0, 'by_hand', 0, true);
INSERT INTO catalog_service (id, code, name, carrier, transit_min_days, transit_max_days, calendar_id, active)
VALUES (1, 'standard', 'Standard', '', 1, 3, 1, true);
INSERT INTO orders_channel (id, code, name, sourcing, currency, hold_minutes, active)
VALUES (1, 'web', 'Web', 'fewest_splits', 'GBP', 15, true);
INSERT INTO catalog_item (id, sku, name, unit, currency, active, attributes, created_at)
SELECT n, 'SKU-' || n, 'Item', 'piece', 'GBP', true, '{}', now() FROM generate_series(1, 4) n;
INSERT INTO catalog_itempolicy (id, item_id, location_id, channel, sell, street_on, min_ship_units, safety_units)
VALUES (1, NULL, NULL, NULL, 'backorder', NULL, 1, 0), (2, 1, NULL, NULL, 'preorder', '2026-01-05', 1, 0);

-- Item 1: 20 came in by hand, 10 by receipt, 4 were shipped; a line has 5 allocated, 2 released, 3 open (2 pegged).
INSERT INTO stock_move (id, item_id, location_id, units, kind, cause, note, at, actor) VALUES
    (1, 1, 1, 20, 'opening', 'opening/1', '', now(), 'test'), (2, 1, 1, 10, 'receipt', 'receipt/r1', '', now(), 'test'),
    (3, 1, 1, -4, 'shipment', 'shipment/1', '', now(), 'test'),
    (4, 2, 1, 6, 'opening', 'opening/2', '', now(), 'test'), (5, 3, 1, 6, 'opening', 'opening/3', '', now(), 'test');
INSERT INTO stock_level (id, item_id, location_id, on_hand, allocated)
VALUES (1, 1, 1, 26, 9), (2, 2, 1, 6, 4), (3, 3, 1, 6, 2);
INSERT INTO supply_supplier (id, code, name, country, lead_time_days, usual_late_days, email, active)
VALUES (1, 'ACME', 'Acme', 'GB', 14, 0, '', true);
INSERT INTO supply_purchaseorder (id, supplier_id, reference, state, created_at, sent_at) VALUES
    (1, 1, 'PO-1', 'sent', now(), now()), (2, 1, 'PO-2', 'draft', now(), NULL);
INSERT INTO supply_purchaseline (id, purchase_order_id, item_id, location_id, units, eta)
VALUES (1, 1, 1, 1, 30, '2026-02-02'), (2, 2, 1, 1, 9, '2026-02-02');
INSERT INTO supply_supply (id, kind, purchase_line_id, reference, item_id, location_id, units, received, cancelled,
                           pegged, first_eta, eta, certainty, created_at)
VALUES (1, 'purchase', 1, 'PO-1', 1, 1, 30, 10, 0, 3, '2026-02-02', '2026-02-09', 'confirmed', now());
INSERT INTO supply_etachange (id, supply_id, was, now, reason, at, actor)
VALUES (1, 1, '2026-02-02', '2026-02-09', '', now(), 'test');
INSERT INTO supply_receipt (id, supply_id, units, over, closes, key, at, actor)
VALUES (1, 1, 10, 0, false, 'r1', now(), 'test');

INSERT INTO orders_order (id, channel_id, reference, fingerprint, ordered_at, version, country, region, zone, locale,
    contact, ship_to, service_id, currency, shipping_minor, discount_minor, tax_minor, authorisation, shown_wording,
    on_short, ship, substitutes_allowed, early_charge_consent, priority, tags, attributes)
SELECT n, 1, 'R-' || n, '', '2026-01-01', 1, 'GB', '', 'UTC', 'en', '{}', '{}', 1, 'GBP', 0, 0, 0, '', '', 'wait',
    'as_ready', false, false, 0, '{}', '{}' FROM generate_series(1, 2) n;
INSERT INTO orders_line (id, order_id, position, item_id, kit_line_id, kit_units, per_kit, placed, ordered_at, priority,
    min_ship_units, ordered, open, allocated, released, shipped, cancelled, substituted, returned, unit_price_minor,
    discount_minor, tax_minor, first_promised_on, promised_on, first_ship_on, promised_ship_on, promise_version)
VALUES
    (1, 1, 1, 1, NULL, NULL, NULL, true, '2026-01-01', 0, 1, 18, 3, 5, 2, 4, 3, 1, 1, 0, 0, 0,
     '2026-02-05', '2026-02-12', '2026-02-02', '2026-02-09', 2),
    -- Two kits of two of item 2 and one of item 3, allocated whole.
    (2, 2, 1, 4, NULL, 2, NULL, true, '2026-01-01', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0),
    (3, 2, 2, 2, 2, NULL, 2, true, '2026-01-01', 0, 1, 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0,
     '2026-01-08', '2026-01-08', '2026-01-05', '2026-01-05', 1),
    (4, 2, 3, 3, 2, NULL, 1, true, '2026-01-01', 0, 1, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0,
     '2026-01-08', '2026-01-08', '2026-01-05', '2026-01-05', 1);
INSERT INTO orders_line (id, order_id, position, item_id, instead_of_id, placed, ordered_at, priority, min_ship_units, ordered,
    open, allocated, released, shipped, cancelled, substituted, returned, unit_price_minor, discount_minor, tax_minor,
    promise_version)
VALUES (5, 1, 2, 2, 1, false, '2026-01-01', 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
INSERT INTO orders_promise (line_id, version, at, cause)
VALUES (1, 1, now(), 'ordered'), (1, 2, now(), 'eta'), (3, 1, now(), 'ordered'), (4, 1, now(), 'ordered');
INSERT INTO orders_part (line_id, version, number, units, location_id, supply_id, ship_on, deliver_from_on, deliver_on,
                         reason, backing, certain)
VALUES (1, 1, 1, 11, 1, NULL, '2026-01-05', '2026-01-06', '2026-01-08', 'on_shelf', 'stock', true),
    (1, 1, 2, 3, 1, 1, '2026-02-02', '2026-02-03', '2026-02-05', 'inbound', 'supply', true),
    (1, 2, 1, 7, 1, NULL, '2026-01-05', '2026-01-06', '2026-01-08', 'on_shelf', 'stock', true),
    (1, 2, 2, 3, 1, 1, '2026-02-09', '2026-02-10', '2026-02-12', 'inbound', 'supply', true),
    (3, 1, 1, 4, 1, NULL, '2026-01-05', '2026-01-06', '2026-01-08', 'on_shelf', 'stock', true),
    (4, 1, 1, 2, 1, NULL, '2026-01-05', '2026-01-06', '2026-01-08', 'on_shelf', 'stock', true);
INSERT INTO orders_shipment (id, order_id, location_id, service_id, tracking, shipped_at, shipped_on, deliver_on)
VALUES (1, 1, 1, 1, '', now(), '2026-01-05', '2026-01-08');
INSERT INTO orders_shipmentline (id, shipment_id, line_id, units) VALUES (1, 1, 1, 4);

-- A live hold of 4 (2 on the shelf, 2 waiting, 1 of them pegged), one that expired, one that became an order.
INSERT INTO orders_hold (id, channel_id, token, item_id, country, service_id, units, open, made_at, ends_at, ended_at,
                         outcome, order_id)
VALUES (1, 1, 'cart-1', 1, 'GB', 1, 4, 2, now(), now() + interval '1 hour', NULL, '', NULL),
    (2, 1, 'cart-2', 1, 'GB', 1, 4, 0, now(), now(), now(), 'expired', NULL),
    (3, 1, 'cart-3', 1, 'GB', 1, 4, 0, now(), now(), now(), 'ordered', 1);
INSERT INTO orders_allocation (id, level_id, line_id, hold_id, allocated, released)
VALUES (1, 1, 1, NULL, 5, 2), (2, 1, NULL, 1, 2, 0), (3, 2, 3, NULL, 4, 0), (4, 3, 4, NULL, 2, 0);
INSERT INTO orders_peg (id, supply_id, line_id, hold_id, units, hard)
VALUES (1, 1, 1, NULL, 2, false), (2, 1, NULL, 1, 1, false);
UPDATE orders_queue SET open_units = 5 WHERE item_id = 1;

INSERT INTO journal_entry (era, at, actor, fact, subject, body)
SELECT (SELECT max(id) FROM journal_era), now(), 'test', 'order.placed', 'order/' || n, '{}' FROM generate_series(1, 2) n;
INSERT INTO journal_follower (name, era, xact, seq)
SELECT 'reader', era, xact::text::bigint, seq FROM journal_entry ORDER BY seq DESC LIMIT 1;
INSERT INTO access_key (id, name, prefix, digest, scopes, created_at, rate_per_minute)
VALUES (1, 'shop', 'abc', '', '{}', now(), 60);
INSERT INTO access_replay (id, key_id, token, fingerprint, status, answer, made_at) VALUES (1, 1, 't', '', 201, '{}', now());
INSERT INTO notices_endpoint (id, url, secret, facts, active, created_at)
VALUES (1, 'https://example.com', '', '{}', true, now());
INSERT INTO notices_delivery (id, endpoint_id, fact, payload, state, tries, next_try_at, last_error, created_at)
VALUES ('00000000-0000-0000-0000-000000000001', 1, 'order.placed', '{}', 'waiting', 0, now(), '', now());
