-- The same two inserts as an objection, into the register's own tables, in one statement: an entry and who objected.
WITH entry AS (
    INSERT INTO leaf (idx, kind, key, data)
    VALUES (nextval('entries'), 'objection', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), decode(repeat('ab', 118), 'hex'))
    RETURNING idx
)
INSERT INTO objection (subject, idx, purpose, received_at)
SELECT uuid_send(gen_random_uuid()), idx, 'train_generative_models', 0 FROM entry;
