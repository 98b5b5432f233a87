-- Everything PostgreSQL lets a schema do that makes rows hard to invent. Valid on PostgreSQL 15 to 18, and every table
-- can hold many rows. Two schemas: public and "Back Office".

CREATE SCHEMA "Back Office";

-- Types

CREATE TYPE mood AS ENUM ('sad', 'so-so', 'happy', 'it''s "complicated"', 'größer, als man denkt');
CREATE TYPE "Back Office"."Grade" AS ENUM ('A', 'B', 'C', 'D');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN percentage AS positive CHECK (VALUE <= 100);
CREATE DOMAIN even_percentage AS percentage DEFAULT 50 CHECK (VALUE % 2 = 0);
CREATE DOMAIN postal_code AS text CHECK (VALUE ~ '^\d{5}(-\d{4})?$');
CREATE DOMAIN required_name AS varchar(40) NOT NULL CHECK (length(VALUE) >= 2);
CREATE DOMAIN happy_mood AS mood CHECK (VALUE <> 'sad');
CREATE DOMAIN tags AS text[] CHECK (cardinality(VALUE) BETWEEN 1 AND 5 AND array_position(VALUE, NULL) IS NULL);
CREATE TYPE point3 AS (x double precision, y double precision, z double precision);
CREATE TYPE street_address AS (street text, code postal_code, place point);
CREATE TYPE person_name AS ("First Name" text, "last" varchar(30), address street_address, nicknames text[]);
CREATE TYPE float_range AS RANGE (subtype = double precision, subtype_diff = float8mi, multirange_type_name = float_ranges);
CREATE TYPE month_day AS RANGE (subtype = smallint);

-- Every type there is

CREATE TABLE every_type (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    c_boolean boolean NOT NULL,
    c_smallint smallint NOT NULL,
    c_integer integer NOT NULL,
    c_bigint bigint NOT NULL,
    c_real real NOT NULL,
    c_double double precision NOT NULL,
    c_numeric numeric NOT NULL,
    c_numeric_4_2 numeric(4, 2) NOT NULL,
    c_numeric_3_5 numeric(3, 5) NOT NULL,
    c_numeric_thousands numeric(3, -3) NOT NULL,
    c_numeric_5 numeric(5) NOT NULL,
    c_money money NOT NULL,
    c_text text NOT NULL,
    c_varchar varchar NOT NULL,
    c_varchar_1 varchar(1) NOT NULL,
    c_varchar_200 varchar(200) NOT NULL,
    c_char_3 char(3) NOT NULL,
    c_bpchar bpchar NOT NULL,
    c_one_byte "char" NOT NULL,
    c_name name NOT NULL,
    c_bytea bytea NOT NULL CHECK (length(c_bytea) BETWEEN 4 AND 16),
    c_date date NOT NULL,
    c_time time NOT NULL,
    c_time_0 time(0) NOT NULL,
    c_timetz timetz NOT NULL,
    c_timestamp timestamp NOT NULL,
    c_timestamp_3 timestamp(3) NOT NULL,
    c_timestamptz timestamptz NOT NULL,
    c_interval interval NOT NULL,
    c_interval_months interval year to month NOT NULL,
    c_interval_days interval day to second(2) NOT NULL,
    c_uuid uuid NOT NULL,
    c_json json NOT NULL,
    c_jsonb jsonb NOT NULL,
    c_jsonpath jsonpath NOT NULL,
    c_bit_5 bit(5) NOT NULL,
    c_varbit varbit NOT NULL,
    c_varbit_7 varbit(7) NOT NULL,
    c_inet inet NOT NULL,
    c_cidr cidr NOT NULL,
    c_macaddr macaddr NOT NULL,
    c_macaddr8 macaddr8 NOT NULL,
    c_oid oid NOT NULL,
    c_regclass regclass,
    c_pg_lsn pg_lsn NOT NULL,
    c_tsquery tsquery NOT NULL,
    c_tsvector tsvector GENERATED ALWAYS AS (to_tsvector('simple', c_text)) STORED,
    c_written_tsvector tsvector NOT NULL,
    c_point point NOT NULL,
    c_line line NOT NULL,
    c_lseg lseg NOT NULL,
    c_box box NOT NULL,
    c_path path NOT NULL,
    c_polygon polygon NOT NULL,
    c_circle circle NOT NULL,
    c_enum mood NOT NULL,
    c_enum_elsewhere "Back Office"."Grade" NOT NULL,
    c_domain positive NOT NULL,
    c_nested_domain even_percentage NOT NULL,
    c_domain_text postal_code NOT NULL,
    c_domain_required required_name,
    c_domain_enum happy_mood NOT NULL,
    c_domain_array tags NOT NULL,
    c_composite point3 NOT NULL,
    c_nested_composite person_name NOT NULL,
    c_int4range int4range NOT NULL,
    c_int8range int8range NOT NULL,
    c_numrange numrange NOT NULL,
    c_tsrange tsrange NOT NULL,
    c_tstzrange tstzrange NOT NULL,
    c_daterange daterange NOT NULL,
    c_multirange int4multirange NOT NULL,
    c_datemultirange datemultirange NOT NULL,
    c_own_range float_range NOT NULL,
    c_own_multirange float_ranges NOT NULL,
    c_own_small_range month_day NOT NULL
);
COMMENT ON TABLE every_type IS 'One column of each type, most of them NOT NULL.';
COMMENT ON COLUMN every_type.c_numeric_3_5 IS 'Below 0.01: three digits, of which the first is the third behind the point.';
COMMENT ON COLUMN every_type.c_numeric_thousands IS 'Multiples of 1,000, up to 999,000.';

CREATE TABLE arrays_of_everything (
    id serial PRIMARY KEY,
    integers integer[] NOT NULL,
    sized integer[3] NOT NULL,
    matrix double precision[][] NOT NULL,
    texts text[] NOT NULL,
    codes char(2)[] NOT NULL,
    flags boolean[] NOT NULL,
    amounts numeric(8, 3)[] NOT NULL,
    moods mood[] NOT NULL,
    percentages percentage[] NOT NULL,
    addresses street_address[] NOT NULL,
    people person_name[],
    ranges int4range[] NOT NULL,
    documents jsonb[] NOT NULL,
    bytes bytea[] NOT NULL,
    moments timestamptz[] NOT NULL,
    ids uuid[] NOT NULL,
    hosts inet[] NOT NULL,
    lengths interval[] NOT NULL,
    CHECK (cardinality(integers) >= 1),
    CHECK (array_length(texts, 1) BETWEEN 1 AND 8),
    CHECK (moods <@ ARRAY['happy', 'so-so']::mood[])
);

CREATE TABLE checked (
    id integer GENERATED BY DEFAULT AS IDENTITY (START 1000 INCREMENT 10) PRIMARY KEY,
    one_of text NOT NULL CHECK (one_of IN ('north', 'south', 'east', 'west', 'it''s far')),
    one_of_numbers integer NOT NULL CHECK (one_of_numbers = ANY (ARRAY[1, 2, 4, 8])),
    either text NOT NULL CHECK (either = 'yes' OR either = 'no'),
    not_that integer NOT NULL CHECK (not_that <> 0 AND not_that NOT IN (7, 13)),
    between_them numeric NOT NULL CHECK (between_them BETWEEN -1.5 AND 1.5),
    open_range double precision CHECK (open_range > 0 AND open_range < 1),
    latitude real CHECK (abs(latitude) <= 90),
    length_of text NOT NULL CHECK (char_length(length_of) BETWEEN 3 AND 12),
    not_blank text NOT NULL CHECK (btrim(not_blank) <> ''),
    lower_case text NOT NULL CHECK (lower_case = lower(lower_case)),
    code text NOT NULL CHECK (code ~ '^[A-Z]{2}-\d{3,5}$'),
    e_mail text NOT NULL CHECK (e_mail ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$'),
    colour text CHECK (colour ~ '^#[0-9a-fA-F]{6}$'),
    liked text CHECK (liked LIKE 'AB_%'),
    no_spaces text CHECK (no_spaces !~ '\s' AND position(' ' IN no_spaces) = 0),
    iban text CHECK (iban SIMILAR TO '[A-Z]{2}[0-9]{14}'),
    low integer NOT NULL,
    high integer NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    recent timestamptz NOT NULL CHECK (recent >= '2020-01-01' AND recent < '2030-01-01'),
    phone text,
    mobile text,
    fax text,
    card text,
    account text,
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'sent', 'paid', 'cancelled')),
    sent_at timestamptz,
    paid_at timestamptz,
    cancelled_at timestamptz,
    quantity integer NOT NULL CHECK (quantity > 0),
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    total numeric(14, 2) NOT NULL,
    share_a integer NOT NULL CHECK (share_a BETWEEN 0 AND 100),
    share_b integer NOT NULL CHECK (share_b BETWEEN 0 AND 100),
    a integer NOT NULL,
    b integer NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    list jsonb CHECK (jsonb_typeof(list) = 'array'),
    theme jsonb NOT NULL CHECK (theme ? 'name' AND jsonb_typeof(theme -> 'name') = 'string'),
    CONSTRAINT "low is low" CHECK (low <= high),
    CONSTRAINT not_too_wide CHECK (high - low <= 1000),
    CHECK (ends_on IS NULL OR ends_on > starts_on),
    CHECK (num_nonnulls(phone, mobile, fax) >= 1),
    CHECK (num_nonnulls(card, account) = 1),
    CHECK ((sent_at IS NULL) = (status = 'draft')),
    CHECK (status <> 'paid' OR paid_at IS NOT NULL),
    CHECK (paid_at IS NULL OR paid_at >= sent_at),
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CHECK (total = quantity * price),
    CHECK (share_a + share_b = 100),
    CHECK ((a + b) % 7 = 0)
);
CREATE UNIQUE INDEX checked_code ON checked (upper(code));

-- Keys of all kinds, shared by a tenant

CREATE TABLE tenants (
    tenant_id integer PRIMARY KEY,
    domain text NOT NULL,
    CHECK (domain ~ '^[a-z]+(-[a-z]+)*$')
);
CREATE UNIQUE INDEX tenants_domain ON tenants (lower(domain));

CREATE TABLE tenant_users (
    tenant_id integer NOT NULL REFERENCES tenants ON DELETE CASCADE,
    number integer NOT NULL,
    email text NOT NULL,
    handle varchar(12) NOT NULL,
    deleted_at timestamptz,
    employee_code char(6) UNIQUE,
    manager_number integer,
    mentor_number integer NOT NULL,
    PRIMARY KEY (tenant_id, number),
    UNIQUE (tenant_id, handle),
    FOREIGN KEY (tenant_id, manager_number) REFERENCES tenant_users (tenant_id, number),
    FOREIGN KEY (tenant_id, mentor_number) REFERENCES tenant_users (tenant_id, number)
);
COMMENT ON COLUMN tenant_users.mentor_number IS 'Somebody of the same tenant; the first one mentors herself.';
CREATE UNIQUE INDEX tenant_users_email ON tenant_users (tenant_id, lower(email)) WHERE deleted_at IS NULL;

CREATE TABLE tenant_projects (
    tenant_id integer NOT NULL,
    project_id integer NOT NULL,
    owner_number integer NOT NULL,
    deputy_number integer,
    reporter_handle varchar(12) NOT NULL,
    PRIMARY KEY (tenant_id, project_id),
    FOREIGN KEY (tenant_id, owner_number) REFERENCES tenant_users,
    FOREIGN KEY (tenant_id, deputy_number) REFERENCES tenant_users,
    FOREIGN KEY (tenant_id, reporter_handle) REFERENCES tenant_users (tenant_id, handle),
    CHECK (deputy_number IS NULL OR deputy_number <> owner_number)
);

CREATE TABLE tenant_tasks (
    tenant_id integer NOT NULL,
    project_id integer NOT NULL,
    task_no integer NOT NULL,
    assignee_number integer,
    parent_no integer,
    employee_code char(6) REFERENCES tenant_users (employee_code),
    PRIMARY KEY (tenant_id, project_id, task_no),
    FOREIGN KEY (tenant_id, project_id) REFERENCES tenant_projects ON UPDATE CASCADE,
    FOREIGN KEY (tenant_id, assignee_number) REFERENCES tenant_users ON DELETE SET NULL (assignee_number),
    FOREIGN KEY (tenant_id, project_id, parent_no) REFERENCES tenant_tasks
);

CREATE TABLE tenant_votes (
    tenant_id integer NOT NULL,
    project_id integer NOT NULL,
    task_no integer NOT NULL,
    voter_number integer NOT NULL,
    weight smallint NOT NULL DEFAULT 1 CHECK (weight IN (-1, 1)),
    UNIQUE (tenant_id, project_id, task_no, voter_number),
    FOREIGN KEY (tenant_id, project_id, task_no) REFERENCES tenant_tasks,
    FOREIGN KEY (tenant_id, voter_number) REFERENCES tenant_users
);
COMMENT ON TABLE tenant_votes IS 'No primary key: unique over two foreign keys that share the tenant.';

-- Cycles

CREATE TABLE departments (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    head_id integer
);
CREATE TABLE employees (
    id integer PRIMARY KEY,
    department_id integer NOT NULL REFERENCES departments,
    boss_id integer REFERENCES employees,
    hired_on date NOT NULL,
    born_on date NOT NULL,
    CHECK (hired_on >= born_on + interval '16 years'),
    CHECK (boss_id <> id)
);
ALTER TABLE departments ADD FOREIGN KEY (head_id) REFERENCES employees DEFERRABLE;

CREATE TABLE eggs (id integer PRIMARY KEY, chicken_id integer NOT NULL);
CREATE TABLE chickens (id integer PRIMARY KEY, farm_id integer NOT NULL);
CREATE TABLE farms (id integer PRIMARY KEY, first_egg_id integer NOT NULL REFERENCES eggs);
ALTER TABLE eggs ADD FOREIGN KEY (chicken_id) REFERENCES chickens DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE chickens ADD FOREIGN KEY (farm_id) REFERENCES farms DEFERRABLE INITIALLY IMMEDIATE;

-- Unique and exclusive

CREATE TABLE unique_ways (
    id bigserial PRIMARY KEY,
    tiny smallint NOT NULL UNIQUE CHECK (tiny > 0),
    letter char(1),
    digit smallint CHECK (digit BETWEEN 0 AND 9),
    grade "Back Office"."Grade",
    slug text NOT NULL,
    token uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    is_default boolean NOT NULL DEFAULT false,
    department_id integer REFERENCES departments,
    archived boolean NOT NULL,
    UNIQUE (letter, digit),
    UNIQUE NULLS NOT DISTINCT (grade, slug),
    UNIQUE (slug, tiny) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX unique_ways_default ON unique_ways (department_id) WHERE is_default;
CREATE UNIQUE INDEX unique_ways_slug ON unique_ways (replace(lower(slug), '-', '')) WHERE NOT archived;

CREATE TABLE follows (
    follower_id integer NOT NULL REFERENCES employees,
    followed_id integer NOT NULL REFERENCES employees,
    PRIMARY KEY (follower_id, followed_id),
    CHECK (follower_id <> followed_id)
);

CREATE TABLE profile_of_employee (
    employee_id integer PRIMARY KEY REFERENCES employees ON DELETE CASCADE,
    mood happy_mood NOT NULL DEFAULT 'happy',
    nick text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE profile_of_employee IS 'At most one for each employee: the key is the foreign key.';

CREATE TABLE bookings (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seats int4range NOT NULL CHECK (NOT isempty(seats) AND lower(seats) >= 1),
    stay tsrange NOT NULL CHECK (lower(stay) < upper(stay)),
    area box,
    EXCLUDE USING gist (seats WITH &&),
    EXCLUDE USING gist (stay WITH &&) WHERE (upper_inc(stay) IS FALSE),
    EXCLUDE USING gist (area WITH &&) WHERE (area IS NOT NULL)
);

-- Partitioned tables (their partitions are not counted)

CREATE TABLE measurements (
    taken_at timestamptz NOT NULL,
    sensor_id integer NOT NULL,
    value double precision,
    PRIMARY KEY (taken_at, sensor_id)
) PARTITION BY RANGE (taken_at);
CREATE TABLE measurements_2024 PARTITION OF measurements
    FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00') PARTITION BY HASH (sensor_id);
CREATE TABLE measurements_2024_0 PARTITION OF measurements_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE measurements_2024_1 PARTITION OF measurements_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE measurements_2025 PARTITION OF measurements
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');

CREATE TABLE ledger (
    account_id integer NOT NULL,
    booked_on date NOT NULL,
    line bigint GENERATED BY DEFAULT AS IDENTITY,
    amount numeric(12, 2) NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (account_id, booked_on, line)
) PARTITION BY HASH (account_id);
ALTER TABLE ledger ALTER line DROP IDENTITY;
CREATE TABLE ledger_0 PARTITION OF ledger FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY RANGE (booked_on);
CREATE TABLE ledger_0_old PARTITION OF ledger_0 FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE ledger_0_new PARTITION OF ledger_0 FOR VALUES FROM ('2024-01-01') TO ('2027-01-01');
CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY RANGE (booked_on);
CREATE TABLE ledger_1_all PARTITION OF ledger_1 FOR VALUES FROM ('2020-01-01') TO ('2027-01-01');

CREATE TABLE orders_by_country (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    country char(2),
    employee_id integer NOT NULL REFERENCES employees,
    UNIQUE (id, country)
) PARTITION BY LIST (country);
CREATE TABLE orders_in_dach PARTITION OF orders_by_country FOR VALUES IN ('DE', 'AT', 'CH');
CREATE TABLE orders_in_fr PARTITION OF orders_by_country FOR VALUES IN ('FR', NULL);
CREATE TABLE orders_elsewhere PARTITION OF orders_by_country DEFAULT;

-- Names

CREATE TABLE "user" (
    "id" integer PRIMARY KEY,
    "select" text NOT NULL,
    "from" timestamptz NOT NULL DEFAULT now(),
    "Mixed Case" integer,
    "with ""quotes""" text,
    "it's" text,
    "ключ" text,
    "größe 📏" numeric CHECK ("größe 📏" > 0),
    "a\backslash" text,
    "%s" text,
    "$1" text,
    "a.dotted.name" text,
    "a_name_that_is_as_long_as_a_name_of_postgresql_may_be_63_bytes_" text
);
CREATE TABLE "order" (
    "user" integer NOT NULL REFERENCES "user",
    "group" integer NOT NULL,
    "limit" integer,
    "default" boolean DEFAULT true,
    PRIMARY KEY ("user", "group")
);
CREATE TABLE "select" (
    "table" serial PRIMARY KEY,
    "order user" integer NOT NULL,
    "order group" integer NOT NULL,
    FOREIGN KEY ("order user", "order group") REFERENCES "order" ("user", "group")
);
CREATE TABLE "Group" (id integer PRIMARY KEY, "Name" text NOT NULL);
CREATE TABLE "group" (id integer PRIMARY KEY, "Group" integer REFERENCES "Group");
CREATE TABLE "Back Office"."user" (
    id integer PRIMARY KEY REFERENCES public."user",
    "Grade" "Back Office"."Grade" NOT NULL
);
CREATE TABLE "Back Office"."Line ""Items"" / 'größe'" (
    "№" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "the user" integer NOT NULL REFERENCES "Back Office"."user"
);
COMMENT ON TABLE "Back Office"."Line ""Items"" / 'größe'" IS E'A comment\nof two lines with ''quotes'' and \\ backslash';

-- Triggers, generated columns, inheritance, and tables with nothing to write

CREATE TABLE change_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE documents (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    width numeric NOT NULL CHECK (width > 0),
    height numeric NOT NULL CHECK (height > 0),
    area numeric GENERATED ALWAYS AS (width * height) STORED CHECK (area < 1000000),
    search tsvector GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || body)) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL
);
CREATE INDEX documents_search ON documents USING gin (search);
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := greatest(NEW.created_at, now());
    RETURN NEW;
END
$$;
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.change_log (table_name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER documents_updated BEFORE INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER documents_logged AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION log_change();
CREATE VIEW recent_documents AS SELECT id, title FROM documents ORDER BY created_at DESC LIMIT 10;
CREATE MATERIALIZED VIEW large_documents AS SELECT id, area FROM documents WHERE area > 100;

CREATE TABLE places (name text NOT NULL, inhabitants integer CHECK (inhabitants >= 0));
CREATE TABLE capitals (of_country char(2) NOT NULL UNIQUE) INHERITS (places);
COMMENT ON TABLE places IS 'No key at all, and a child that inherits.';

CREATE TABLE nothing_to_write (id integer GENERATED ALWAYS AS IDENTITY, twice integer GENERATED ALWAYS AS (2) STORED);
CREATE TABLE no_columns ();
CREATE UNLOGGED TABLE scratch (note text);

-- As wide as tables of surveys are

CREATE TABLE survey_answers (
    respondent_id integer PRIMARY KEY, answered_on date NOT NULL,
    q01 smallint CHECK (q01 BETWEEN 1 AND 5), q02 smallint CHECK (q02 BETWEEN 1 AND 5),
    q03 smallint CHECK (q03 BETWEEN 1 AND 5), q04 smallint CHECK (q04 BETWEEN 1 AND 5),
    q05 smallint NOT NULL DEFAULT 3, q06 smallint NOT NULL DEFAULT 3, q07 boolean, q08 boolean, q09 boolean,
    q10 boolean NOT NULL, q11 text, q12 text, q13 text, q14 text NOT NULL DEFAULT '', q15 text NOT NULL DEFAULT '',
    q16 varchar(20), q17 varchar(20), q18 varchar(20), q19 char(1), q20 char(1), q21 integer, q22 integer, q23 integer,
    q24 integer, q25 bigint, q26 bigint, q27 numeric(6, 2), q28 numeric(6, 2), q29 real, q30 double precision,
    q31 date, q32 date, q33 timestamptz, q34 timestamptz, q35 interval, q36 uuid, q37 jsonb, q38 jsonb, q39 text[],
    q40 integer[], q41 mood, q42 mood, q43 mood NOT NULL DEFAULT 'so-so', q44 inet, q45 percentage, q46 percentage,
    q47 postal_code, q48 text, q49 text, q50 text, q51 text, q52 text, q53 text, q54 text, q55 text, q56 text,
    q57 text, q58 text
);

-- A chain of foreign keys, twelve deep

CREATE TABLE level_01 (id integer PRIMARY KEY);
CREATE TABLE level_02 (id integer PRIMARY KEY, up integer NOT NULL REFERENCES level_01);
CREATE TABLE level_03 (id integer PRIMARY KEY, up integer NOT NULL REFERENCES level_02);
CREATE TABLE level_04 (id bigint PRIMARY KEY, up integer NOT NULL REFERENCES level_03);
CREATE TABLE level_05 (id uuid PRIMARY KEY, up bigint NOT NULL REFERENCES level_04);
CREATE TABLE level_06 (id text PRIMARY KEY, up uuid NOT NULL REFERENCES level_05);
CREATE TABLE level_07 (id varchar(20) PRIMARY KEY, up text NOT NULL REFERENCES level_06);
CREATE TABLE level_08 (id date, n smallint, up varchar(20) NOT NULL REFERENCES level_07, PRIMARY KEY (id, n));
CREATE TABLE level_09 (id integer PRIMARY KEY, up date, up_n smallint, FOREIGN KEY (up, up_n) REFERENCES level_08 MATCH FULL);
CREATE TABLE level_10 (id integer PRIMARY KEY REFERENCES level_09);
CREATE TABLE level_11 (id integer PRIMARY KEY REFERENCES level_10 DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE level_12 (up bigint NOT NULL REFERENCES level_11 (id), note text);
