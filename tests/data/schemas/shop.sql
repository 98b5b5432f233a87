-- A shop: catalogue, stock, customers, orders and payments, as Spree, Saleor and Magento keep them.

CREATE TYPE order_state AS ENUM ('cart', 'address', 'delivery', 'payment', 'confirm', 'complete', 'canceled');
CREATE TYPE payment_state AS ENUM ('checkout', 'pending', 'completed', 'failed', 'void');
CREATE DOMAIN sku AS varchar(64) CHECK (VALUE ~ '^[A-Z0-9][A-Z0-9-]{2,63}$');
CREATE DOMAIN currency_code AS char(3) CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE DOMAIN price AS numeric(12, 2) CHECK (VALUE >= 0);

CREATE TABLE countries (
    iso char(2) PRIMARY KEY CHECK (iso = upper(iso)),
    iso3 char(3) NOT NULL UNIQUE,
    name varchar(100) NOT NULL UNIQUE,
    states_required boolean NOT NULL DEFAULT false
);

CREATE TABLE states (
    id serial PRIMARY KEY,
    country_iso char(2) NOT NULL REFERENCES countries,
    abbr varchar(10) NOT NULL,
    name varchar(100) NOT NULL,
    UNIQUE (country_iso, abbr),
    UNIQUE (id, country_iso)
);

CREATE TABLE channels (
    id serial PRIMARY KEY,
    name varchar(250) NOT NULL,
    slug varchar(255) NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    is_active boolean NOT NULL,
    currency_code currency_code NOT NULL,
    default_country char(2) NOT NULL REFERENCES countries,
    UNIQUE (id, currency_code)
);

CREATE TABLE customers (
    id bigserial PRIMARY KEY,
    email varchar(254) NOT NULL,
    first_name varchar(256) NOT NULL DEFAULT '',
    last_name varchar(256) NOT NULL DEFAULT '',
    encrypted_password varchar(128),
    is_staff boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    note text,
    date_joined timestamptz NOT NULL,
    last_login timestamptz,
    default_billing_address_id bigint,
    default_shipping_address_id bigint,
    metadata jsonb NOT NULL DEFAULT '{}',
    language_code varchar(35) NOT NULL DEFAULT 'en',
    uuid uuid NOT NULL UNIQUE,
    CHECK (last_login >= date_joined)
);
CREATE UNIQUE INDEX customers_email ON customers (lower(email));
CREATE INDEX customers_metadata ON customers USING gin (metadata);

CREATE TABLE addresses (
    id bigserial PRIMARY KEY,
    customer_id bigint REFERENCES customers ON DELETE CASCADE,
    first_name varchar(256) NOT NULL,
    last_name varchar(256) NOT NULL,
    company varchar(256),
    street_1 varchar(256) NOT NULL,
    street_2 varchar(256),
    city varchar(256) NOT NULL,
    postal_code varchar(20) NOT NULL,
    country_iso char(2) NOT NULL REFERENCES countries,
    state_id integer,
    phone varchar(128),
    FOREIGN KEY (state_id, country_iso) REFERENCES states (id, country_iso)
);
ALTER TABLE customers
    ADD FOREIGN KEY (default_billing_address_id) REFERENCES addresses ON DELETE SET NULL,
    ADD FOREIGN KEY (default_shipping_address_id) REFERENCES addresses ON DELETE SET NULL;

CREATE TABLE categories (
    id serial PRIMARY KEY,
    parent_id integer REFERENCES categories ON DELETE CASCADE,
    name varchar(250) NOT NULL,
    slug varchar(255) NOT NULL UNIQUE,
    description jsonb,
    lft integer NOT NULL CHECK (lft >= 0),
    rght integer NOT NULL,
    tree_id integer NOT NULL CHECK (tree_id >= 0),
    level integer NOT NULL CHECK (level >= 0),
    CHECK (rght > lft),
    CHECK ((level = 0) = (parent_id IS NULL))
);

CREATE TABLE product_types (
    id serial PRIMARY KEY,
    name varchar(250) NOT NULL,
    slug varchar(255) NOT NULL UNIQUE,
    has_variants boolean NOT NULL,
    is_shipping_required boolean NOT NULL,
    is_digital boolean NOT NULL,
    weight double precision NOT NULL CHECK (weight >= 0),
    CHECK (NOT (is_digital AND is_shipping_required))
);

CREATE TABLE products (
    id bigserial PRIMARY KEY,
    product_type_id integer NOT NULL REFERENCES product_types,
    category_id integer REFERENCES categories ON DELETE SET NULL,
    name varchar(250) NOT NULL,
    slug varchar(255) NOT NULL,
    description text,
    description_plaintext text NOT NULL DEFAULT '',
    rating double precision CHECK (rating BETWEEN 1 AND 5),
    weight double precision,
    available_on timestamptz,
    discontinue_on timestamptz,
    deleted_at timestamptz,
    seo_title varchar(70),
    seo_description varchar(300),
    metadata jsonb NOT NULL DEFAULT '{}',
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(name, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(description_plaintext, '')), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    default_variant_id bigint,
    CHECK (discontinue_on > available_on),
    CHECK (updated_at >= created_at)
);
CREATE UNIQUE INDEX products_slug ON products (slug) WHERE deleted_at IS NULL;
CREATE INDEX products_search ON products USING gin (search_vector);

CREATE TABLE variants (
    id bigserial PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    sku sku UNIQUE,
    ean char(13) CHECK (ean ~ '^[0-9]{13}$'),
    name varchar(255) NOT NULL,
    sort_order integer CHECK (sort_order >= 0),
    is_master boolean NOT NULL DEFAULT false,
    track_inventory boolean NOT NULL DEFAULT true,
    weight numeric(8, 2) DEFAULT 0.00,
    height numeric(8, 2),
    UNIQUE (product_id, id)
);
CREATE UNIQUE INDEX variants_master ON variants (product_id) WHERE is_master;
ALTER TABLE products ADD FOREIGN KEY (id, default_variant_id) REFERENCES variants (product_id, id);

CREATE TABLE attributes (
    id serial PRIMARY KEY,
    slug varchar(250) NOT NULL UNIQUE,
    name varchar(255) NOT NULL,
    input_type varchar(50) NOT NULL CHECK (input_type IN ('dropdown', 'multiselect', 'numeric', 'boolean', 'date', 'swatch')),
    unit varchar(100),
    CHECK (unit IS NULL OR input_type = 'numeric')
);

CREATE TABLE attribute_values (
    id serial PRIMARY KEY,
    attribute_id integer NOT NULL REFERENCES attributes ON DELETE CASCADE,
    slug varchar(255) NOT NULL,
    value varchar(255) NOT NULL,
    colour varchar(7) CHECK (colour ~ '^#[0-9a-f]{6}$'),
    sort_order integer,
    UNIQUE (attribute_id, slug)
);

CREATE TABLE variant_attribute_values (
    variant_id bigint REFERENCES variants ON DELETE CASCADE,
    attribute_value_id integer REFERENCES attribute_values ON DELETE CASCADE,
    PRIMARY KEY (variant_id, attribute_value_id)
);

CREATE TABLE variant_channel_listings (
    variant_id bigint NOT NULL REFERENCES variants ON DELETE CASCADE,
    channel_id integer NOT NULL,
    currency currency_code NOT NULL,
    price_amount price NOT NULL,
    cost_price_amount price,
    prior_price_amount price,
    FOREIGN KEY (channel_id, currency) REFERENCES channels (id, currency_code),
    UNIQUE (variant_id, channel_id),
    CHECK (cost_price_amount <= price_amount)
);

CREATE TABLE warehouses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(250) NOT NULL,
    slug varchar(255) NOT NULL UNIQUE,
    address_id bigint NOT NULL REFERENCES addresses,
    email varchar(254) NOT NULL,
    is_private boolean NOT NULL
);

CREATE TABLE stocks (
    id bigserial PRIMARY KEY,
    variant_id bigint NOT NULL REFERENCES variants ON DELETE CASCADE,
    warehouse_id uuid NOT NULL REFERENCES warehouses ON DELETE CASCADE,
    quantity integer NOT NULL DEFAULT 0 CHECK (quantity >= 0),
    quantity_allocated integer NOT NULL DEFAULT 0,
    backorderable boolean NOT NULL DEFAULT false,
    UNIQUE (warehouse_id, variant_id),
    CHECK (backorderable OR quantity_allocated <= quantity)
);

CREATE TABLE promotions (
    id serial PRIMARY KEY,
    name varchar(255) NOT NULL,
    code varchar(40),
    during tstzrange,
    usage_limit integer CHECK (usage_limit > 0),
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    kind varchar(10) NOT NULL CHECK (kind IN ('fixed', 'percentage', 'shipping')),
    discount_value numeric(12, 2) NOT NULL CHECK (discount_value >= 0),
    countries char(2)[] NOT NULL DEFAULT '{}',
    CHECK (kind <> 'percentage' OR discount_value <= 100),
    CHECK (used <= usage_limit)
);
CREATE UNIQUE INDEX promotions_code ON promotions (upper(code));

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number integer NOT NULL GENERATED BY DEFAULT AS IDENTITY UNIQUE,
    token varchar(36) NOT NULL UNIQUE,
    state order_state NOT NULL DEFAULT 'cart',
    customer_id bigint REFERENCES customers ON DELETE SET NULL,
    email varchar(254) NOT NULL,
    channel_id integer NOT NULL,
    currency currency_code NOT NULL,
    billing_address_id bigint REFERENCES addresses,
    shipping_address_id bigint REFERENCES addresses,
    promotion_id integer REFERENCES promotions,
    original_id uuid REFERENCES orders,
    item_total price NOT NULL DEFAULT 0,
    shipping_total price NOT NULL DEFAULT 0,
    adjustment_total numeric(12, 2) NOT NULL DEFAULT 0,
    total numeric(12, 2) GENERATED ALWAYS AS (item_total + shipping_total + adjustment_total) STORED,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    canceled_at timestamptz,
    last_ip_address inet,
    FOREIGN KEY (channel_id, currency) REFERENCES channels (id, currency_code),
    CHECK (completed_at >= created_at),
    CHECK (state <> 'complete' OR completed_at IS NOT NULL),
    CHECK ((state = 'canceled') = (canceled_at IS NOT NULL))
);
CREATE INDEX orders_open ON orders (created_at) WHERE completed_at IS NULL;

CREATE TABLE order_lines (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders ON DELETE CASCADE,
    variant_id bigint REFERENCES variants ON DELETE SET NULL,
    product_name varchar(386) NOT NULL,
    product_sku varchar(255),
    quantity integer NOT NULL CHECK (quantity >= 1),
    quantity_fulfilled integer NOT NULL DEFAULT 0 CHECK (quantity_fulfilled >= 0),
    unit_price numeric(12, 3) NOT NULL,
    tax_rate numeric(5, 4) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1),
    line_total numeric(14, 3) GENERATED ALWAYS AS (quantity * unit_price) STORED,
    CHECK (quantity_fulfilled <= quantity)
);

CREATE TABLE shipments (
    id bigserial PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    warehouse_id uuid REFERENCES warehouses,
    number varchar(20) NOT NULL UNIQUE CHECK (number ~ '^H[0-9]{11}$'),
    tracking varchar(255),
    cost price NOT NULL DEFAULT 0,
    state varchar(10) NOT NULL CHECK (state IN ('pending', 'ready', 'shipped', 'canceled')),
    shipped_at timestamptz,
    UNIQUE (order_id, id),
    CHECK ((state = 'shipped') = (shipped_at IS NOT NULL))
);

CREATE TABLE shipment_lines (
    shipment_id bigint NOT NULL REFERENCES shipments ON DELETE CASCADE,
    order_line_id uuid NOT NULL REFERENCES order_lines ON DELETE CASCADE,
    quantity smallint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, order_line_id)
);

CREATE TABLE payment_methods (
    id serial PRIMARY KEY,
    type varchar(30) NOT NULL CHECK (type IN ('card', 'invoice', 'wallet', 'gift_card')),
    name varchar(100) NOT NULL,
    active boolean NOT NULL DEFAULT true,
    preferences text
);

CREATE TABLE payments (
    id bigserial PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    payment_method_id integer NOT NULL REFERENCES payment_methods,
    state payment_state NOT NULL,
    amount price NOT NULL,
    captured_amount price NOT NULL DEFAULT 0,
    cc_last_digits char(4) CHECK (cc_last_digits ~ '^\d{4}$'),
    cc_exp_month smallint CHECK (cc_exp_month BETWEEN 1 AND 12),
    cc_exp_year smallint CHECK (cc_exp_year BETWEEN 2000 AND 2100),
    psp_reference varchar(512),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (captured_amount <= amount),
    CHECK (num_nulls(cc_last_digits, cc_exp_month, cc_exp_year) = ANY (ARRAY[0, 3]))
);
CREATE UNIQUE INDEX payments_reference ON payments (payment_method_id, psp_reference) WHERE psp_reference IS NOT NULL;

CREATE TABLE refunds (
    id bigserial PRIMARY KEY,
    payment_id bigint NOT NULL REFERENCES payments,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    reason varchar(255) NOT NULL,
    refunded_by bigint REFERENCES customers
);

CREATE TABLE gift_cards (
    code varchar(16) PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{4}(-[A-Z0-9]{4}){2}$'),
    currency currency_code NOT NULL,
    initial_balance price NOT NULL CHECK (initial_balance > 0),
    current_balance price NOT NULL,
    used_by bigint REFERENCES customers,
    expires_on date,
    CHECK (current_balance <= initial_balance)
);

CREATE TABLE reviews (
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title varchar(120),
    body text,
    approved boolean,
    PRIMARY KEY (product_id, customer_id),
    CHECK (title IS NOT NULL OR body IS NULL)
);

CREATE TABLE wishlists (
    customer_id bigint NOT NULL REFERENCES customers,
    variant_id bigint NOT NULL REFERENCES variants,
    added_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (customer_id, variant_id)
);

CREATE TABLE sales_by_day (
    day date NOT NULL,
    channel_id integer NOT NULL REFERENCES channels,
    orders integer NOT NULL CHECK (orders >= 0),
    revenue numeric(14, 2) NOT NULL,
    PRIMARY KEY (day, channel_id)
) PARTITION BY RANGE (day);
CREATE TABLE sales_by_day_2025 PARTITION OF sales_by_day FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE sales_by_day_2026 PARTITION OF sales_by_day FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
