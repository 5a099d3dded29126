"""The rules once more, in SQL: an independent second opinion on decisions, and what a benchmark runs against.

Nothing here shares code with ``demur.policy``, but for the list of accepted notices, and nothing knows how a builder
works. The SQL is meant to be read beside REQUIREMENTS sections 2 and 3 by whoever checks them with DuckDB: views list
the numbers of the rules that hit, and the least number is the reason.

"In doubt, out" reads ``(a <= b) IS NOT FALSE`` in SQL: a comparison with an unknown fact is neither true nor false.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import polars as pl

from demur.exchange.columns import (
    DECISION_COLUMNS,
    HIJACK_COLUMNS,
    ITEM_COLUMNS,
    NOTICE_COLUMNS,
    OBJECTION_COLUMNS,
    RELATION_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
    Schema,
)
from demur.policy.settings import Settings, accepted_versions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_FLAGS: Schema = {name: kind for name, kind in RELATION_COLUMNS.items() if kind == pl.Boolean}
_RELATION_COLUMNS: Schema = {"item_key": pl.Binary, **_FLAGS}  # what other authors decide is worked out here

_CONTENT_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "is_picture_only": pl.Boolean,
    "is_empty": pl.Boolean,
    "is_only_objected": pl.Boolean,
    "is_duplicate": pl.Boolean,
}

_DECIDED_BY = (  # columns of an item that rules read
    *("item_key", "subject_key", "other_authors", "kind", "product", "visibility", "addressed_to_assistant"),
    *("created_at", "deleted_at", "expires_at", "collected_at", "page_key", "embed_separable"),
    *("preference", "preview_preference", "findings", "detections"),
)
_RELATED_BY = (  # columns of an item that relations are found by
    *("item_key", "subject_key", "other_authors", "kind", "addressed_to_assistant", "created_at"),
    *("page_key", "mentions", "tags", "public_role_of", "reshare_of", "quote_of", "derived_from"),
)

# The numbers give the order. Rules 1 to 33 read facts; those from 34 on read what filters found in the content.
_RULES = """
CREATE TABLE rule (number UTINYINT, decision VARCHAR, reason VARCHAR);
INSERT INTO rule VALUES
    ( 1, 'hold',    'freedom_of_information'),
    ( 2, 'exclude', 'third_party_objection'),
    ( 3, 'exclude', 'derived_from_objected'),
    ( 4, 'exclude', 'own_objection'),
    ( 5, 'exclude', 'linked_account_objection'),
    ( 6, 'exclude', 'same_person_objection'),
    ( 7, 'exclude', 'product_out_of_scope'),
    ( 8, 'exclude', 'deleted'),
    ( 9, 'exclude', 'account_deleted'),
    (10, 'exclude', 'account_not_visible'),
    (11, 'hold',    'account_not_visible'),
    (12, 'exclude', 'deceased'),
    (13, 'exclude', 'compromised_account'),
    (14, 'exclude', 'erasure_undertaking'),
    (15, 'exclude', 'not_public'),
    (16, 'exclude', 'expired'),
    (17, 'exclude', 'author_not_public'),
    (18, 'exclude', 'age_doubt'),
    (19, 'exclude', 'age_unknown'),
    (20, 'exclude', 'author_minor'),
    (21, 'exclude', 'minor_when_posted'),
    (22, 'exclude', 'depicts_minor'),
    (23, 'exclude', 'depicts_objector'),
    (24, 'exclude', 'rights_reservation'),
    (25, 'exclude', 'machine_signal'),
    (26, 'hold',    'country_unknown'),
    (27, 'exclude', 'country_suspended'),
    (28, 'exclude', 'processing_suspended'),
    (29, 'hold',    'notice_missing'),
    (30, 'hold',    'notice_outdated'),
    (31, 'hold',    'notice_invalid'),
    (32, 'hold',    'notice_period_running'),
    (33, 'hold',    'notice_doubtful'),
    (34, 'exclude', 'third_party_special_category'),
    (35, 'exclude', 'special_category'),
    (36, 'exclude', 'image_unfiltered'),
    (37, 'exclude', 'nothing_left'),
    (38, 'exclude', 'contains_objected_content'),
    (39, 'exclude', 'duplicate'),
    (40, 'exclude', 'unidentified_face'),
    (41, 'redact',  'contains_objected_content'),
    (42, 'redact',  'names_minor'),
    (43, 'redact',  'mentions_objector'),
    (44, 'redact',  'unidentified_face'),
    (45, 'redact',  'rights_reservation'),
    (46, 'include', 'eligible');

-- The same, one byte each: millions of them are sorted.
CREATE TYPE decision_word AS ENUM (SELECT DISTINCT decision FROM rule);
CREATE TYPE reason_word AS ENUM (SELECT DISTINCT reason FROM rule);
CREATE TABLE word AS SELECT number, decision::decision_word AS decision, reason::reason_word AS reason FROM rule;
"""

_MACROS = """
CREATE MACRO setting(name) AS getvariable(name);

-- Whether a notice describes the present processing: after a stop, one from before it was announced anew does not.
CREATE MACRO is_present(version, proven_at) AS
    list_contains(setting('accepted_versions'), version) IS TRUE
    AND (setting('relaunched_at') IS NULL OR proven_at >= setting('relaunched_at'));

CREATE MACRO day_s(count) AS to_hours(24 * count::BIGINT);

-- "de-AT" and "DE" are German; what does not begin with a language is none.
CREATE MACRO spoken(tag) AS nullif(regexp_extract(lower(tag), '^([a-z]{2,3})([-_].*)?$', 1), '');

-- Whoever was born on 29 February has a birthday on 1 March in a year without that day.
CREATE MACRO birthday(born, years) AS
    (born + to_years(years))::DATE + (day(born + to_years(years)) < day(born))::INTEGER;

-- The instant at which a day begins: of two midnights the later one; where there is none, or the zone is not known,
-- the beginning of the day at UTC-12, where days begin last on Earth.
CREATE MACRO day_break(zone, on_day) AS CASE
    WHEN timezone(zone, timezone(zone, on_day::TIMESTAMP)) = on_day::TIMESTAMP THEN timezone(zone, on_day::TIMESTAMP)
    ELSE timezone('UTC', on_day::TIMESTAMP + INTERVAL 12 HOUR)
END;
"""

_HOLDER = """
-- An account that changed hands has had two holders: what told the former one has not told the present one.
CREATE TABLE holder AS
WITH account AS (
    SELECT *, TRUE AS is_registered FROM given_subject
    UNION ALL BY NAME
    SELECT DISTINCT subject_key, FALSE AS is_registered
    FROM given_notice ANTI JOIN given_subject USING (subject_key)
    WHERE subject_key IS NOT NULL
), known_zone AS (
    SELECT name FROM given_zone SEMI JOIN pg_timezone_names() USING (name)
), dated AS (
    SELECT
        account.* EXCLUDE (country),
        upper(country) AS country,
        day_break(known_zone.name, birthday(born_by, setting('adult_age'))) AS adult_from,
        day_break(known_zone.name, birthday(born_by, setting('ai_chat_min_age'))) AS chat_adult_from,
        day_break(known_zone.name, birthday(coalesce(born_from, born_by), setting('adult_age'))) AS maybe_adult_from,
        day_break(
            known_zone.name, birthday(coalesce(born_from, born_by), setting('ai_chat_min_age'))
        ) AS maybe_chat_adult_from
    FROM account LEFT JOIN known_zone ON known_zone.name = account.zone
)
SELECT *, FALSE AS is_former, held_since AS held_from, NULL::TIMESTAMPTZ AS held_until FROM dated
UNION ALL
SELECT *, TRUE, NULL, held_since FROM dated WHERE held_since IS NOT NULL;
"""

_NOTICE = """
-- What is asked of chats with the assistant may differ from what is asked of everything else.
CREATE TABLE mode AS
SELECT * FROM (VALUES
    (TRUE, setting('ai_chat_min_age'), setting('ai_chat_min_age') >= setting('adult_age')),
    (FALSE, setting('adult_age'), TRUE)
) AS mode (is_chat, age, is_told_as_adult);

CREATE VIEW judged_notice AS
SELECT
    holder.subject_key,
    holder.is_former,
    notice.proven_at,
    notice.variant IS DISTINCT FROM 'minor' AND (notice.proven_at >= holder.adult_from) IS TRUE AS is_to_adult,
    is_present(notice.version, notice.proven_at) AS is_present,
    is_present
        AND notice.states_right IS TRUE
        AND notice.is_marketing IS NOT TRUE
        AND (notice.language = '*' OR spoken(notice.language) = spoken(holder.language)) IS TRUE AS is_valid,
    is_valid AND notice.channel = 'in_app' AND (notice.shown_at <= setting('decided_at')) IS TRUE AS is_shown
FROM given_notice AS notice
JOIN holder
    ON holder.subject_key = notice.subject_key
    AND (holder.held_from IS NULL OR notice.proven_at >= holder.held_from)
    AND (holder.held_until IS NULL OR notice.proven_at < holder.held_until)
WHERE notice.channel IN ('email', 'in_app') AND notice.proven_at <= setting('decided_at');

CREATE VIEW reach AS
SELECT
    subject_key,
    is_former,
    is_chat,
    TRUE AS is_told,
    bool_or(is_present) AS is_told_present,
    min(proven_at) FILTER (is_valid) AS told_from,
    bool_or(is_shown) AS is_shown
FROM judged_notice CROSS JOIN mode
WHERE is_to_adult OR NOT is_told_as_adult
GROUP BY subject_key, is_former, is_chat;

-- One row: what the notices to the public are good for, and the rule that hits for a page that nobody's account wrote.
CREATE TABLE public_notice AS
SELECT
    count(*) > 0 AS is_published,
    coalesce(bool_or(is_present(version, proven_at)), FALSE) AS is_present,
    min(proven_at) FILTER (is_present(version, proven_at) AND states_right) AS published_at,
    min(proven_at) FILTER (
        is_present(version, proven_at) AND states_right AND is_marketing IS NOT TRUE
    ) AS valid_from,
    (valid_from + day_s(setting('notice_days')) <= setting('decided_at')) IS TRUE AS is_old_enough,
    is_old_enough AND setting('unreachable') = 'public_notice' AS is_enough,
    CASE
        WHEN NOT is_published THEN 29
        WHEN NOT is_present THEN 30
        WHEN valid_from IS NULL THEN 31
        WHEN NOT is_old_enough THEN 32
        ELSE 46
    END AS number
FROM given_notice
WHERE subject_key IS NULL AND channel = 'public_page' AND proven_at <= setting('decided_at');
"""

# The rules about authors. Only rule 21 asks when the item was created: what comes before and after it in the order is
# the same for all items of one author, once for chats with the assistant and once for everything else.
_AUTHOR = """
CREATE VIEW author_fact AS
SELECT
    holder.*,
    mode.*,
    reach.* EXCLUDE (subject_key, is_former, is_chat),
    age > 0 AS is_age_asked,
    CASE WHEN mode.is_chat THEN chat_adult_from ELSE adult_from END AS of_age_from,
    CASE WHEN mode.is_chat THEN maybe_chat_adult_from ELSE maybe_adult_from END AS maybe_of_age_from,
    (last_seen_at >= setting('decided_at') - day_s(setting('dormant_days'))) IS TRUE AS is_seen
FROM holder CROSS JOIN mode LEFT JOIN reach
    ON reach.subject_key = holder.subject_key
    AND reach.is_former = holder.is_former
    AND reach.is_chat = mode.is_chat;

CREATE TABLE author AS
SELECT
    subject_key,
    is_chat,
    held_from,
    held_until,
    CASE
        WHEN is_registered AND state = 'deleted' THEN 9
        WHEN is_registered AND (state IN ('active', 'deactivated', 'memorialised')) IS NOT TRUE THEN 10
        WHEN is_registered AND state = 'deactivated' THEN 11
        WHEN is_registered AND state = 'memorialised' AND setting('deceased') = 'exclude' THEN 12
        WHEN is_registered AND visibility IS DISTINCT FROM 'public'
            AND NOT is_chat AND setting('private_authors') = 'exclude' THEN 17
        WHEN is_age_asked AND has_age_doubt THEN 18
        WHEN is_age_asked AND is_for_minor IS NOT TRUE AND born_by IS NULL THEN 19
        WHEN is_age_asked AND is_for_minor IS NOT TRUE
            AND setting('decided_at') < of_age_from AND setting('decided_at') >= maybe_of_age_from THEN 19
        WHEN is_age_asked AND (is_for_minor OR (setting('decided_at') < maybe_of_age_from) IS NOT FALSE) THEN 20
        ELSE 46
    END::UTINYINT AS earlier_number,
    -- What was created before is out by rule 21; null when the rule does not ask.
    CASE WHEN is_age_asked AND NOT setting('include_posted_as_minor') THEN of_age_from END AS in_from,
    CASE
        WHEN refuses_training AND setting('machine_signals') = 'objection' THEN 25
        WHEN refuses_sharing AND setting('is_shared') THEN 25
        WHEN public_notice.is_enough THEN 46
        WHEN is_told IS NOT TRUE THEN 29
        WHEN NOT is_told_present THEN 30
        WHEN told_from IS NULL THEN 31
        WHEN CASE setting('notice_period_from')
            WHEN 'publication' THEN least(told_from, public_notice.published_at)
            ELSE told_from
        END + day_s(setting('notice_days')) > setting('decided_at') THEN 32
        WHEN NOT is_seen AND NOT is_shown THEN 33
        ELSE 46
    END::UTINYINT AS later_number
FROM author_fact CROSS JOIN public_notice;

-- One row: the rule that hits for an author whom neither the register nor a notice knows.
CREATE TABLE stranger AS
SELECT
    CASE WHEN is_enough THEN 46 ELSE 29 END AS told_number,
    CASE WHEN setting('adult_age') > 0 THEN 19 ELSE told_number END AS number,
    CASE WHEN setting('ai_chat_min_age') > 0 THEN 19 ELSE told_number END AS chat_number
FROM public_notice;

CREATE TABLE residence AS
SELECT subject_key, country, regexp_full_match(country, '[A-Z]{2}') AS is_country
FROM holder
WHERE is_registered AND NOT is_former;

DROP TABLE holder CASCADE;
"""

_ITEM = """
CREATE VIEW item AS
SELECT
    *,
    coalesce(
        (kind = 'ai_interaction' AND addressed_to_assistant IS NOT FALSE)
        OR (kind = 'group_chat_message' AND addressed_to_assistant),
        FALSE
    ) AS is_chat,
    CASE WHEN is_chat THEN 'ai_interaction' ELSE kind END AS scope_kind,
    coalesce(kind IN ('direct_message', 'group_chat_message') AND NOT is_chat, FALSE) AS is_message,
    coalesce(len(list_filter(other_authors, lambda key: key IS NOT NULL)) > 0, FALSE) AS has_other_author,
    coalesce(kind = 'web_page' AND subject_key IS NULL AND NOT has_other_author, FALSE) AS is_nobodys_page
FROM given_item;

CREATE TABLE other_author AS
SELECT DISTINCT item_row, author_key
FROM (SELECT item_row, unnest(other_authors) AS author_key FROM item WHERE has_other_author)
WHERE author_key IS NOT NULL;

-- One leading row for each item, and one for each further author. The leading row has no key where nobody is known to
-- have written the item, or only the further ones are.
CREATE VIEW author_row AS
SELECT *, subject_key AS author_key, TRUE AS is_lead FROM item
UNION ALL
SELECT item.*, author_key, FALSE FROM item JOIN other_author USING (item_row);
"""

# Rules 2, 4, 5, 6.
_OBJECTION = """
-- Whether an objection that took effect at one instant speaks about an item of another.
CREATE MACRO is_in_force(effective_at, created_at) AS
    (effective_at <= setting('decided_at')) IS NOT FALSE
    AND (setting('late_objection') = 'all_content' OR (created_at >= effective_at) IS NOT FALSE);

CREATE VIEW objection AS
SELECT
    *,
    CASE basis WHEN 'linked' THEN 5 WHEN 'same_person' THEN 6 ELSE 4 END AS number,
    coalesce(scope = 'photos', FALSE) AS is_about_photos
FROM given_objection
WHERE basis IS DISTINCT FROM 'same_person' OR setting('same_person_objections');

CREATE VIEW target_hit AS
SELECT item_row, 2 AS number, coalesce(in_public_role, FALSE) AS is_about_role
FROM item JOIN given_target ON target_key = item_key
WHERE is_in_force(effective_at, created_at)
UNION ALL
SELECT item_row, 2, coalesce(in_public_role, FALSE)
FROM item JOIN given_target ON target_key = page_key
WHERE is_in_force(effective_at, created_at);

CREATE VIEW objection_hit AS
SELECT item_row, number
FROM author_row JOIN objection ON objection.subject_key = author_key
WHERE is_in_force(effective_at, created_at)
    AND (NOT is_about_photos OR (kind = 'photo') IS NOT FALSE)
    AND (created_at < covers_until) IS NOT FALSE;
"""

# Rules 13, 14, 26, 27, 28: what few rows of the register say about many items.
_STOP = """
-- Whether an instant lies in a window: also when it is not known, and an end that is not known is open.
CREATE MACRO is_within(instant, first, last) AS (first <= instant) IS NOT FALSE AND (instant < last) IS NOT FALSE;

CREATE VIEW hijack_hit AS
SELECT item_row, 13 AS number
FROM author_row JOIN given_hijack AS hijack ON hijack.subject_key = author_key
WHERE is_within(created_at, since, until);

CREATE VIEW undertaking_hit AS
SELECT item_row, 14 AS number
FROM item JOIN given_undertaking AS undertaking
    ON (field IS DISTINCT FROM 'collected_at' AND is_within(created_at, since, until))
    OR (field IS DISTINCT FROM 'created_at' AND is_within(collected_at, since, until));

CREATE TABLE suspension AS
SELECT * FROM given_suspension WHERE is_within(setting('decided_at'), since, until);

CREATE MACRO is_suspended(stop, item_product, item_kind, created_at) AS
    (stop.product = item_product) IS NOT FALSE
    AND (stop.kind = item_kind) IS NOT FALSE
    AND is_within(created_at, stop.created_from, stop.created_until);

CREATE VIEW suspension_hit AS
SELECT item_row, 28 AS number
FROM item JOIN suspension AS stop ON is_suspended(stop, item.product, scope_kind, created_at)
WHERE stop.country IS NULL;

CREATE VIEW country_hit AS
WITH stopped AS (
    SELECT item_row, author_key, stop.country AS stopped_country
    FROM author_row JOIN suspension AS stop ON is_suspended(stop, author_row.product, scope_kind, created_at)
    WHERE stop.country IS NOT NULL
        AND NOT is_nobodys_page
        AND (author_key IS NOT NULL OR NOT has_other_author)
)
SELECT item_row, CASE WHEN is_country THEN 27 ELSE 26 END AS number
FROM stopped LEFT JOIN residence ON residence.subject_key = author_key
WHERE is_country IS NOT TRUE OR country = stopped_country;
"""

_AUTHOR_RULES = """
CREATE VIEW author_rule AS
SELECT
    author_row.*,
    CASE
        WHEN is_nobodys_page THEN public_notice.number
        WHEN author_key IS NULL AND has_other_author THEN 46
        WHEN author.subject_key IS NULL AND author_row.is_chat THEN stranger.chat_number
        WHEN author.subject_key IS NULL THEN stranger.number
        WHEN earlier_number < 21 THEN earlier_number
        WHEN in_from IS NOT NULL AND (created_at < in_from) IS NOT FALSE THEN 21
        ELSE later_number
    END AS author_number
FROM author_row
LEFT JOIN author
    ON author.subject_key = author_key
    AND author.is_chat = author_row.is_chat
    AND (created_at >= held_from) IS NOT FALSE
    AND (held_until IS NULL OR created_at < held_until)
CROSS JOIN public_notice
CROSS JOIN stranger;
"""

# The rules about the item itself, and the least number of all that are known before a filter has run.
_FACT_RULES = """
CREATE VIEW relation AS
SELECT
    item_key,
    derives_from_objected IS NOT FALSE AS derives_from_objected,
    embeds_objected IS NOT FALSE AS embeds_objected,
    copies_objected IS NOT FALSE AS copies_objected,
    shows_objected_text IS NOT FALSE AS shows_objected_text,
    tags_minor IS NOT FALSE AS tags_minor,
    tags_objector IS NOT FALSE AS tags_objector,
    mentions_objector IS NOT FALSE AS mentions_objector,
    is_about_public_role IS NOT FALSE AS is_about_public_role
FROM given_relation
WHERE (
    derives_from_objected OR embeds_objected OR copies_objected OR shows_objected_text
    OR tags_minor OR tags_objector OR mentions_objector OR is_about_public_role
) IS NOT FALSE;

CREATE VIEW item_rule AS
SELECT
    author_rule.*,
    relation.* EXCLUDE (item_key),
    CASE
        WHEN is_about_public_role AND setting('public_role') = 'human' THEN 1
        WHEN derives_from_objected THEN 3
        WHEN kind IS DISTINCT FROM 'web_page' AND list_contains(setting('products'), product) IS NOT TRUE THEN 7
        WHEN NOT is_message AND list_contains(setting('kinds'), scope_kind) IS NOT TRUE THEN 7
        WHEN kind = 'ai_interaction' AND NOT is_chat THEN 7
        WHEN deleted_at IS NOT NULL THEN 8
        WHEN is_message THEN 15
        WHEN NOT is_chat AND (visibility IN ('public', 'group_public')) IS NOT TRUE THEN 15
        WHEN expires_at <= setting('decided_at') THEN 16
        WHEN list_contains(setting('ephemeral_kinds'), scope_kind) THEN 16
        WHEN tags_minor THEN 22
        WHEN len(list_filter(detections, lambda found:
            ((found.kind LIKE '%child%' OR found.kind LIKE '%minor%')
                AND found.score >= setting('child_face_score')) IS NOT FALSE
        )) > 0 THEN 22
        WHEN tags_objector AND setting('others_content') = 'cut' THEN 23
        WHEN preference = 'deny' THEN 24
        ELSE 46
    END AS item_number
FROM author_rule LEFT JOIN relation USING (item_key)
WHERE is_lead;

CREATE TABLE register_hit AS
SELECT item_row, min(number)::UTINYINT AS register_number
FROM (
    SELECT item_row, number FROM target_hit
    UNION ALL SELECT item_row, number FROM objection_hit
    UNION ALL SELECT item_row, number FROM hijack_hit
    UNION ALL SELECT item_row, number FROM undertaking_hit
    UNION ALL SELECT item_row, number FROM suspension_hit
    UNION ALL SELECT item_row, number FROM country_hit
    UNION ALL SELECT item_row, author_number FROM author_rule WHERE NOT is_lead
)
WHERE number < 46
GROUP BY item_row;

CREATE VIEW fact_rule AS
SELECT *, least(item_number, author_number, register_number)::UTINYINT AS fact_number
FROM item_rule LEFT JOIN register_hit USING (item_row);
"""

_DECIDE_BY_FACTS = """
SELECT item_key, decision, reason
FROM fact_rule JOIN word ON word.number = fact_number
ORDER BY item_key
"""

_CONTENT_RULES = """
-- Whatever is no identifier may be special.
CREATE MACRO may_be_special(kind) AS (kind IN (
    'name', 'person_name', 'email', 'e_mail', 'phone', 'address', 'postal_address', 'national_id', 'user_id',
    'handle', 'card', 'iban', 'bank_account', 'account', 'plate', 'ip', 'device_id', 'birth_date',
    'date_of_birth', 'gps', 'coordinates', 'age', 'school', 'url'
)) IS NOT TRUE;

CREATE VIEW content_rule AS
SELECT
    item_key,
    CASE
        WHEN fact_number < 46 THEN fact_number
        WHEN len(list_filter(findings, lambda found:
            may_be_special(found.kind) AND found.about IS DISTINCT FROM 'author'
        )) > 0 THEN 34
        WHEN setting('own_special_categories') = 'exclude' AND len(list_filter(findings, lambda found:
            may_be_special(found.kind) AND found.about = 'author'
        )) > 0 THEN 35
        WHEN is_picture_only IS NOT FALSE THEN 36
        WHEN is_empty IS NOT FALSE THEN 37
        WHEN setting('others_content') = 'cut' AND (
            is_only_objected IS NOT FALSE
            OR (embeds_objected AND embed_separable IS NOT TRUE)
            OR shows_objected_text
        ) THEN 38
        WHEN is_duplicate IS NOT FALSE THEN 39
        WHEN len(detections) > 0 AND setting('faces') = 'exclude' THEN 40
        WHEN (copies_objected OR embeds_objected) AND setting('others_content') = 'cut' THEN 41
        WHEN len(list_filter(findings, lambda found: found.is_minor)) > 0 THEN 42
        WHEN mentions_objector AND setting('others_content') = 'cut' THEN 43
        WHEN len(detections) > 0 AND setting('faces') = 'blur' THEN 44
        WHEN preview_preference = 'deny' THEN 45
        ELSE 46
    END AS content_number
FROM fact_rule LEFT JOIN given_content USING (item_key);
"""

_DECIDE_BY_CONTENT = """
SELECT item_key, decision, reason
FROM content_rule JOIN word ON word.number = content_number
ORDER BY item_key
"""

_RELATIONS = """
CREATE TABLE covered AS
SELECT DISTINCT item_key, created_at
FROM item SEMI JOIN (SELECT item_row FROM target_hit UNION ALL SELECT item_row FROM objection_hit) USING (item_row);

CREATE VIEW made_from AS
SELECT item_row, item_key, created_at, derived_from AS source_key, 'derived_from' AS field
FROM item WHERE derived_from IS NOT NULL
UNION ALL
SELECT item_row, item_key, created_at, reshare_of, 'reshare_of' FROM item WHERE reshare_of IS NOT NULL
UNION ALL
SELECT item_row, item_key, created_at, quote_of, 'quote_of' FROM item WHERE quote_of IS NOT NULL;

-- What is covered, and whatever holds something of it over any number of steps of any kind. UNION keeps each row once,
-- so that a ring of items comes to an end.
CREATE TABLE source AS
WITH RECURSIVE holding AS (
    SELECT item_key, created_at AS covered_at FROM covered
    UNION
    SELECT made_from.item_key, covered_at FROM made_from JOIN holding ON source_key = holding.item_key
)
SELECT * FROM holding;

-- The first step says what an item is to the covered one.
CREATE VIEW lineage AS
SELECT item_row, field, (created_at >= covered_at) IS NOT FALSE AS is_later
FROM made_from JOIN source ON source_key = source.item_key;

-- Whoever else an item names, shows or speaks about, with the field that says so.
CREATE VIEW named_person AS
SELECT item_row, field, person_key, kind, created_at
FROM (
    SELECT *, 'tags' AS field, unnest(tags) AS person_key FROM item WHERE len(tags) > 0
    UNION ALL
    SELECT *, 'mentions', unnest(mentions) FROM item WHERE len(mentions) > 0
    UNION ALL
    SELECT *, 'public_role_of', unnest(public_role_of) FROM item WHERE len(public_role_of) > 0
)
WHERE (person_key = subject_key OR list_contains(other_authors, person_key)) IS NOT TRUE;

-- Others' content about somebody who objected: until when the objection covers their own items does not matter here.
CREATE VIEW named_objector AS
SELECT
    item_row,
    field,
    coalesce(in_public_role, FALSE) AS is_about_role,
    NOT is_about_photos OR (kind = 'photo') IS NOT FALSE AS is_about_kind
FROM named_person JOIN objection ON objection.subject_key = person_key
WHERE is_in_force(effective_at, created_at);

CREATE VIEW related AS
SELECT item_row, 'derives_from_objected' AS relation FROM lineage WHERE field = 'derived_from'
UNION ALL
SELECT item_row, 'embeds_objected' FROM lineage WHERE field = 'reshare_of'
UNION ALL
SELECT item_row, 'copies_objected' FROM lineage WHERE field = 'quote_of' AND is_later
UNION ALL
SELECT item_row, 'tags_minor'
FROM named_person LEFT JOIN holder ON holder.subject_key = person_key AND NOT is_former
WHERE field = 'tags' AND (
    is_registered
    AND has_age_doubt IS NOT TRUE
    AND is_for_minor IS NOT TRUE
    AND adult_from <= setting('decided_at')
) IS NOT TRUE
UNION ALL
SELECT item_row, 'tags_objector' FROM named_objector WHERE field = 'tags' AND is_about_kind
UNION ALL
SELECT item_row, 'mentions_objector' FROM named_objector WHERE field = 'mentions' AND is_about_kind
UNION ALL
SELECT item_row, 'is_about_public_role' FROM named_objector WHERE field = 'public_role_of' AND is_about_role
UNION ALL
SELECT item_row, 'is_about_public_role'
FROM target_hit SEMI JOIN (SELECT item_row FROM named_person WHERE field = 'public_role_of') USING (item_row)
WHERE is_about_role;
"""

_RELATE = """
SELECT
    item_key,
    bool_or(relation = 'derives_from_objected') AS derives_from_objected,
    bool_or(relation = 'embeds_objected') AS embeds_objected,
    bool_or(relation = 'copies_objected') AS copies_objected,
    FALSE AS shows_objected_text,
    bool_or(relation = 'tags_minor') AS tags_minor,
    bool_or(relation = 'tags_objector') AS tags_objector,
    bool_or(relation = 'mentions_objector') AS mentions_objector,
    bool_or(relation = 'is_about_public_role') AS is_about_public_role
FROM item JOIN related USING (item_row)
GROUP BY item_key
ORDER BY item_key
"""

_SETTINGS = (
    *("adult_age", "ai_chat_min_age", "child_face_score", "deceased", "dormant_days", "faces", "is_shared"),
    *("include_posted_as_minor", "late_objection", "machine_signals", "notice_days", "notice_period_from"),
    *("others_content", "own_special_categories", "private_authors", "public_role", "same_person_objections"),
    "unreachable",
)
_LIST_SETTINGS = ("products", "kinds", "ephemeral_kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """Shows a table as an Arrow stream and as nothing else.

    DuckDB reads a frame that it recognises by way of pyarrow, which is not installed. Polars keeps the class of what it
    is given until the program ends, and a class of DuckDB complains then.
    """

    source: "pl.DataFrame | DuckDBPyRelation"

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.source.__arrow_c_stream__(requested_schema)


def decide_by_sql(
    items: pl.DataFrame,
    facts: Facts,
    settings: Settings,
    relations: pl.DataFrame,
    content: pl.DataFrame | None,
    *,
    at: datetime,
    memory_limit: str = "4GB",
    threads: int = 2,
) -> pl.DataFrame:
    """Decide every item at an instant, in SQL; return `DECISION_COLUMNS`, sorted by item key.

    An item without a row in `relations` has none. Without `content`, which holds what filters found out about each
    item, only the rules on facts decide; with it, an item that has no row there stays out.

    Args:
        items: `ITEM_COLUMNS`; each item key once.
        content: item_key, is_picture_only, is_empty, is_only_objected, is_duplicate.
        memory_limit: how much DuckDB takes before it writes to a temporary folder, such as "4GB".
    """
    with _connection(memory_limit=memory_limit, threads=threads) as connection:
        _hand_in_settings(connection, settings, at)
        _hand_in_facts(connection, facts)
        _hand_in_items(connection, items, _DECIDED_BY)
        _hand_in(connection, "given_relation", relations, _RELATION_COLUMNS)
        for step in (_RULES, _MACROS, _HOLDER, _NOTICE, _AUTHOR, _ITEM, _OBJECTION, _STOP, _AUTHOR_RULES, _FACT_RULES):
            connection.execute(step)
        if content is None:
            return _answer(connection, _DECIDE_BY_FACTS, DECISION_COLUMNS)
        _hand_in(connection, "given_content", content, _CONTENT_COLUMNS)
        connection.execute(_CONTENT_RULES)
        return _answer(connection, _DECIDE_BY_CONTENT, DECISION_COLUMNS)


def relate_by_sql(
    items: pl.DataFrame,
    facts: Facts,
    settings: Settings,
    *,
    at: datetime,
    memory_limit: str = "4GB",
    threads: int = 2,
) -> pl.DataFrame:
    """Find what items have to do with objectors and minors elsewhere; return `RELATION_COLUMNS`, sorted by item key.

    An item for which nothing is true has no row. Lineage leads through `items` only, so they must be all there are.
    Whether a picture shows an objector's text is not asked: it takes the pictures. What other authors decide is null:
    `decide_by_sql` works it out itself.
    """
    with _connection(memory_limit=memory_limit, threads=threads) as connection:
        _hand_in_settings(connection, settings, at)
        _hand_in_facts(connection, facts)
        _hand_in_items(connection, items, _RELATED_BY)
        for step in (_MACROS, _HOLDER, _ITEM, _OBJECTION, _RELATIONS):
            connection.execute(step)
        related = _answer(connection, _RELATE, _RELATION_COLUMNS)
    unknown = RELATION_COLUMNS.keys() - _RELATION_COLUMNS.keys()
    missing = [pl.lit(None, RELATION_COLUMNS[name]).alias(name) for name in unknown]
    return related.with_columns(missing).select(*RELATION_COLUMNS)


@contextmanager
def _connection(*, memory_limit: str, threads: int) -> Iterator["DuckDBPyConnection"]:
    import duckdb  # noqa: PLC0415 -- optional dependency

    with tempfile.TemporaryDirectory() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET preserve_insertion_order = FALSE")
            # An Arrow stream does not say how long it is, and the optimizer guesses one row: it would hash all items.
            # So a join is carried out as it stands here, the longer table first.
            connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
            yield connection


def _hand_in_settings(connection: "DuckDBPyConnection", settings: Settings, at: datetime) -> None:
    connection.execute("SET VARIABLE decided_at = $value", {"value": at})
    connection.execute("SET VARIABLE relaunched_at = $value::TIMESTAMPTZ", {"value": settings.relaunched_at})
    connection.execute("SET VARIABLE accepted_versions = $value", {"value": list(accepted_versions(settings))})
    for name in _SETTINGS:
        connection.execute(f"SET VARIABLE {name} = $value", {"value": _plain(getattr(settings, name))})
    for name in _LIST_SETTINGS:
        connection.execute(f"SET VARIABLE {name} = $value::VARCHAR[]", {"value": list(getattr(settings, name))})


def _plain(value: object) -> object:
    """Return a setting as a type that DuckDB knows: a word as text, a share as the number that scores are."""
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, str) else value


def _hand_in_facts(connection: "DuckDBPyConnection", facts: Facts) -> None:
    _hand_in(connection, "given_subject", facts.subjects, SUBJECT_COLUMNS)
    _hand_in(connection, "given_notice", facts.notices, NOTICE_COLUMNS)
    _hand_in(connection, "given_objection", facts.objections, OBJECTION_COLUMNS)
    _hand_in(connection, "given_target", facts.targets, TARGET_COLUMNS)
    _hand_in(connection, "given_hijack", facts.hijacks, HIJACK_COLUMNS)
    _hand_in(connection, "given_suspension", facts.suspensions, SUSPENSION_COLUMNS)
    _hand_in(connection, "given_undertaking", facts.undertakings, UNDERTAKING_COLUMNS)
    _hand_in(connection, "given_zone", _zones(), {"name": pl.String})


@cache
def _zones() -> pl.DataFrame:
    return pl.DataFrame({"name": sorted(available_timezones())})


def _hand_in_items(connection: "DuckDBPyConnection", items: pl.DataFrame, names: tuple[str, ...]) -> None:
    schema = {name: ITEM_COLUMNS[name] for name in names}
    numbered = items.select(names).with_row_index("item_row")
    _hand_in(connection, "given_item", numbered, {"item_row": pl.UInt32, **schema})


def _hand_in(connection: "DuckDBPyConnection", name: str, frame: pl.DataFrame, schema: Schema) -> None:
    """Show a frame as a table: the columns of the schema, in its types."""
    typed = frame.select(pl.col(column).cast(kind) for column, kind in schema.items())
    connection.register(name, _Stream(source=typed))


def _answer(connection: "DuckDBPyConnection", query: str, schema: Schema) -> pl.DataFrame:
    answer = pl.DataFrame(_Stream(source=connection.sql(query)))
    return answer.select(pl.col(column).cast(kind) for column, kind in schema.items())
