-- What a day brings, without a decision on it: of one item in twenty a supply slips by ten days, of one in fifty ten
-- units are found on the shelf.
UPDATE supply_supply s SET eta = eta + 10
FROM (SELECT min(id) AS id FROM supply_supply WHERE item_id % 20 = 3 AND reference LIKE 'FILL-%' GROUP BY item_id) m
WHERE m.id = s.id;
INSERT INTO supply_etachange (supply_id, was, now, reason, at, actor)
SELECT id, first_eta, eta, 'stirred', now(), 'bench' FROM supply_supply WHERE eta <> first_eta AND reference LIKE 'FILL-%';
INSERT INTO stock_move (item_id, location_id, units, kind, cause, note, at, actor)
SELECT i.id, l.id, 10, 'adjustment', 'stir/' || i.id, '', now(), 'bench'
FROM catalog_item i, catalog_location l WHERE l.code = 'ONE' AND i.sku LIKE 'FILL-%' AND i.id % 50 = 7;
INSERT INTO stock_level (item_id, location_id, on_hand, allocated)
SELECT item_id, location_id, units, 0 FROM stock_move WHERE cause LIKE 'stir/%'
