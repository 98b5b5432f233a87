"""Values by their meaning, on a filled database: they look as in life, agree within their row, and break nothing."""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.words import names, places, words
from plimsoll.embedded import PostgresServer
from tests.data.filling_any import NOW, Database

SHOP = """
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, first_name text NOT NULL,
    last_name text NOT NULL, full_name text NOT NULL, username text NOT NULL, phone text, bio text NOT NULL,
    locale text NOT NULL, city text NOT NULL, country text NOT NULL, country_code char(2) NOT NULL,
    currency char(3) NOT NULL, postcode text NOT NULL, billing_city text NOT NULL, active boolean NOT NULL,
    banned boolean NOT NULL, deleted_at timestamptz, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
CREATE TABLE articles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title text NOT NULL,
    slug text NOT NULL, body text NOT NULL, status text NOT NULL, file_name text NOT NULL, mime_type text NOT NULL,
    created_at timestamptz NOT NULL, published_at timestamptz, archived boolean NOT NULL, archived_at timestamptz,
    closing_date date
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, status text NOT NULL,
    total numeric(10, 2) NOT NULL, tax_rate numeric(4, 3) NOT NULL, rating smallint NOT NULL, note text,
    created_at timestamptz NOT NULL, shipped_at timestamptz, cancelled_at timestamptz
);
"""


@pytest.fixture(scope="module")
def shop(postgres_server: PostgresServer) -> Iterator[Database]:
    """Filled once: the tests only look."""
    made = Database(postgres_server.create_database("plausible_values")).sql(SHOP)
    made.fill(rows=3_000)
    yield made
    postgres_server.drop_database("plausible_values")


def share(database: Database, condition: str, table: str) -> float:
    return float(database.one(f"SELECT avg(({condition})::int) FROM {table}"))


def test_an_email_is_made_of_its_rows_name(shop: Database) -> None:
    assert share(shop, r"email ~ '^[a-z0-9.]+@([a-z]+\.)*example\.(com|org|net)$'", "users") == 1
    own = r"regexp_replace(lower(first_name || '.' || last_name), '[^a-z.]', '.', 'g')"
    latin = "first_name || last_name ~ '^[A-Za-z]+$'"
    assert share(shop, f"email LIKE {own} || '@%'", f"users WHERE {latin}") == 1
    assert shop.one("SELECT count(*) FROM users WHERE full_name <> first_name || ' ' || last_name") == 0
    assert share(shop, "username LIKE lower(left(first_name, 3)) || '%'", f"users WHERE {latin}") == 1


def test_a_rows_place_is_one_place(shop: Database) -> None:
    found = set(shop.rows("SELECT DISTINCT city, country, country_code::text, currency::text, locale FROM users"))
    known = {(one.city, one.country, one.code, one.currency, one.locale) for one in places()}
    assert found <= known
    assert len(found) > 50
    assert share(shop, "billing_city = city", "users") < 0.2


def test_postcodes_are_of_the_countrys_form(shop: Database) -> None:
    forms = {one.code: one.postcode for one in places()}
    for code, postcode in shop.rows("SELECT country_code::text, postcode FROM users"):
        pattern = re.escape(forms[code]).replace(r"\#", "[0-9]").replace("@", "[A-Z]")
        assert re.fullmatch(pattern, postcode)


def test_phone_numbers_are_nobodys(shop: Database) -> None:
    kept = r"^\+(1 555 01|44 7700 900|46 70 1740 6|49 30 23125|33 1 99 00|353 20 91)"
    assert share(shop, f"phone ~ '{kept}'", "users WHERE phone IS NOT NULL") == 1


def test_text_is_in_the_language_of_its_row(shop: Database) -> None:
    for locale, bio in shop.rows("SELECT locale, bio FROM users WHERE locale NOT LIKE 'ja%' AND locale NOT LIKE 'zh%'"):
        known = {word.lower() for word in words()[locale[:2]]}
        assert {word.strip(".,?!").lower() for word in bio.split()} <= known | {""}
    assert shop.one("SELECT count(*) FROM users WHERE locale LIKE 'ja%' AND bio LIKE '% %'") == 0


def test_the_commonest_names_have_the_shares_of_zipf(shop: Database) -> None:
    found = dict(shop.rows("SELECT first_name, count(*) / 3000.0 FROM users GROUP BY 1"))
    weights = [1 / (rank + 1) ** 0.8 for rank in range(len(names("given")))]
    for name, weight in zip(names("given")[:5], weights, strict=False):
        assert float(found[name]) == pytest.approx(weight / sum(weights), abs=0.015)
    assert len(found) > 150


def test_a_slug_is_made_of_its_rows_title(shop: Database) -> None:
    expected = "rtrim(left(trim('-' from regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g')), 60), '-')"
    assert shop.one(f"SELECT count(*) FROM articles WHERE slug <> {expected}") == 0


def test_titles_are_short_and_bodies_have_a_tail(shop: Database) -> None:
    assert shop.rows("SELECT min(n) >= 2, max(n) <= 8 FROM (SELECT cardinality(string_to_array(title, ' ')) AS n "
                     "FROM articles) x") == [(True, True)]  # fmt: skip
    median, far = shop.rows("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n), percentile_cont(0.99) WITHIN GROUP "
                            "(ORDER BY n) FROM (SELECT cardinality(string_to_array(body, ' ')) AS n FROM articles) x"
                            )[0]  # fmt: skip
    assert 35 < median < 60
    assert far > 8 * median


def test_a_status_agrees_with_its_moments(shop: Database) -> None:
    published = "status IN ('published', 'archived')"  # what is archived was published before
    assert shop.one(f"SELECT count(*) FROM articles WHERE (published_at IS NOT NULL) <> ({published})") == 0
    assert set(shop.rows("SELECT DISTINCT status FROM orders WHERE shipped_at IS NOT NULL")) == {
        ("shipped",),
        ("delivered",),
    }
    assert shop.one("SELECT count(*) FROM orders WHERE (status = 'cancelled') <> (cancelled_at IS NOT NULL)") == 0
    assert shop.one("SELECT count(DISTINCT status) FROM orders") >= 5


def test_a_flag_agrees_with_its_moment(shop: Database) -> None:
    assert shop.one("SELECT count(*) FROM articles WHERE archived <> (archived_at IS NOT NULL)") == 0
    assert 0 < share(shop, "archived", "articles") < 0.1


def test_categories_are_few_words_that_suit_their_name(database: str) -> None:
    kinds = Database(database).sql(
        "CREATE TABLE things (id int PRIMARY KEY, role text, kind varchar(20), mode int)",
        "CREATE TABLE payments (id int PRIMARY KEY, method text NOT NULL, amount numeric)",
        "CREATE TABLE calls (id int PRIMARY KEY, method text NOT NULL, url text)",
        "CREATE TABLE patients (id int PRIMARY KEY, first_name text, last_name text, emergency_contact_name text,"
        "height_cm int, weight_kg numeric(5, 1))",
    )
    kinds.fill(rows=1_000)
    assert kinds.one("SELECT count(*) FROM things WHERE role NOT IN ('member','admin','owner','viewer','editor',"
                     "'guest')") == 0  # fmt: skip
    assert kinds.rows("SELECT count(DISTINCT kind), count(DISTINCT mode) FROM things") == [(6, 5)]
    assert kinds.one("SELECT count(*) FROM payments WHERE method IN ('card', 'transfer')") > 400
    assert kinds.one("SELECT count(*) FROM calls WHERE method IN ('GET', 'POST')") > 400
    assert kinds.one("SELECT count(*) FROM patients WHERE emergency_contact_name ^@ first_name") < 50
    assert kinds.one("SELECT min(height_cm) >= 150 AND max(height_cm) <= 200 AND max(weight_kg) <= 120 FROM patients")


def test_items_of_an_array_are_what_its_name_says(database: str) -> None:
    posts = Database(database).sql("CREATE TABLE posts (id int PRIMARY KEY, tags text[], languages varchar(2)[])")
    posts.fill(rows=500)
    assert set(posts.rows("SELECT DISTINCT unnest(tags) FROM posts")) <= {(tag,) for tag in names("tags")}
    assert set(posts.rows("SELECT DISTINCT unnest(languages) FROM posts")) <= {(one.language,) for one in places()}


def test_flags_are_skewed_as_their_names_say(shop: Database) -> None:
    assert share(shop, "active", "users") == pytest.approx(0.8, abs=0.03)
    assert share(shop, "banned", "users") == pytest.approx(0.04, abs=0.02)


def test_nulls_have_their_shares(shop: Database) -> None:
    assert share(shop, "phone IS NULL", "users") == pytest.approx(0.1, abs=0.02)
    assert share(shop, "deleted_at IS NULL", "users") == pytest.approx(0.95, abs=0.02)


def test_what_follows_comes_later(shop: Database) -> None:
    assert shop.one("SELECT count(*) FROM users WHERE updated_at < created_at OR deleted_at < created_at") == 0
    assert shop.one("SELECT count(*) FROM articles WHERE published_at < created_at") == 0
    for child in ("articles", "orders"):
        early = f"SELECT count(*) FROM {child} c JOIN users u ON u.id = user_id WHERE c.created_at < u.created_at"
        assert shop.one(early) == 0


def test_the_last_post_of_a_topic_is_not_its_birth(database: str) -> None:
    topics = Database(database).sql("CREATE TABLE topics (last_posted_at timestamptz NOT NULL, opened_at timestamptz)")
    topics.fill(rows=200)
    assert topics.one("SELECT count(*) FROM topics WHERE last_posted_at < opened_at") == 0
    assert topics.one("SELECT count(*) FROM topics WHERE opened_at IS NULL") == 0


def test_a_media_type_is_that_of_the_files_ending(shop: Database) -> None:
    known = dict(zip(names("endings"), names("mime_types"), strict=True))
    for name, kind in shop.rows("SELECT file_name, mime_type FROM articles"):
        assert known[name.rpartition(".")[2]] == kind


def test_prices_end_as_prices_do_and_are_skewed(shop: Database) -> None:
    assert 0.4 < share(shop, "total % 1 IN (0.99, 0.95)", "orders") < 0.7
    assert shop.one("SELECT avg(total) > 1.5 * percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders")


def test_figures_keep_to_their_scales(shop: Database) -> None:
    assert shop.rows("SELECT min(rating) >= 1, max(rating) <= 5, avg(rating) > 3.5 FROM orders") == [(True, True, True)]
    assert shop.rows("SELECT min(tax_rate) >= 0, max(tax_rate) <= 1 FROM orders") == [(True, True)]


def test_short_columns_and_checks_are_kept(database: str) -> None:
    """Limits, cases and patterns: what does not fit a meaning is made by its type."""
    tight = Database(database).sql(r"""
        CREATE DOMAIN mail AS text CHECK (VALUE ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$');
        CREATE TABLE tight (
            id int PRIMARY KEY, email mail NOT NULL, city varchar(5) NOT NULL, title varchar(10) NOT NULL,
            username varchar(9) UNIQUE CHECK (username = lower(username)), company varchar(18) NOT NULL,
            country varchar(2) NOT NULL, country3 char(3) NOT NULL, body varchar(30) NOT NULL, phone varchar(8),
            slug varchar(16) NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), colour varchar(6) NOT NULL,
            code varchar(12) CHECK (code = upper(code)), first_name text NOT NULL CHECK (first_name ~ '^[A-Z][a-z]*$'),
            percent int NOT NULL CHECK (percent BETWEEN 10 AND 20), price numeric(4, 2) NOT NULL,
            views int NOT NULL CHECK (views < 0), score real NOT NULL CHECK (score >= 0 AND score <= 1),
            note text CHECK (note !~ 'a'), last_name text CHECK (length(last_name) >= 20)
        )
    """)
    tight.fill(rows=2_000)
    assert tight.violations() == {}
    assert share(tight, r"email ~ '@([a-z]+\.)*example\.(com|org|net)$'", "tight") == 1
    assert set(tight.rows("SELECT DISTINCT country FROM tight")) <= {(one.code,) for one in places()}
    assert share(tight, "percent IN (10, 20)", "tight") < 0.5
    assert tight.one("SELECT count(*) FROM tight WHERE body <> trim(body) OR title <> trim(title)") == 0


UNIQUE = (
    *("email text", "username varchar(20)", "slug text", "sha256 char(64)", "api_token text", "name text", "sku text"),
    *("title varchar(40)", "domain text", "url text", "file_name text", "phone text", "country_code char(4)"),
    *("city text", "ip_address inet", "status text", "contact_email citext", "role varchar(30)", "company text"),
)


def test_unique_columns_stay_unique_in_many_rows(database: str) -> None:
    columns = ", ".join(f"{column} UNIQUE" for column in UNIQUE)
    many = Database(database).sql(f"CREATE EXTENSION citext; CREATE TABLE users (id int PRIMARY KEY, {columns})")
    many.fill(rows=50_000)
    different = ", ".join(f"count(DISTINCT {column.split()[0]})" for column in UNIQUE)
    assert many.rows(f"SELECT {different} FROM users") == [(50_000,) * len(UNIQUE)]


def test_a_table_of_countries_has_them_one_by_one(database: str) -> None:
    listed = Database(database).sql("CREATE TABLE countries (code char(2) PRIMARY KEY, country_code char(2) UNIQUE)")
    listed.fill(rows=20)
    assert set(listed.rows("SELECT country_code::text FROM countries")) <= {(one.code,) for one in places()}
    assert listed.one("SELECT count(*) FROM countries") == 20


def test_what_the_plan_says_of_a_name_is_in_the_email(database: str) -> None:
    people = Database(database).sql("CREATE TABLE people (id int PRIMARY KEY, first_name text, email text)")
    people.fill("[tables.people]\nrows = 50\ncolumns.first_name = {values = ['Zoë', '健']}")
    assert share(people, "email LIKE 'zoe.%'", "people WHERE first_name = 'Zoë'") == 1
    assert share(people, "email ~ '^[a-z]+[.]'", "people WHERE first_name = '健'") == 1


def test_an_email_of_a_long_name_keeps_to_its_column(database: str) -> None:
    people = Database(database).sql("CREATE TABLE people (full_name text, email varchar(30) NOT NULL UNIQUE)")
    people.fill("[tables.people]\nrows = 200\ncolumns.full_name = {values = ['Maximilian-Alexander von Hohenlohe']}")
    assert share(people, r"email ~ '^maxim[a-z.]*[a-z][0-9]+@([a-z]+\.)*example\.(com|org|net)$'",
                 "people WHERE full_name IS NOT NULL") == 1  # fmt: skip


def test_a_slug_is_of_the_name_rather_than_of_another_title(database: str) -> None:
    pages = Database(database).sql("CREATE TABLE products (seo_title text, name text, slug text NOT NULL)")
    pages.fill(rows=100)
    assert pages.one("SELECT count(*) FROM products WHERE slug <> replace(lower(name), ' ', '-')") == 0


def test_columns_that_rest_on_each_other_in_a_plan_do_not_wait_for_each_other(database: str) -> None:
    people = Database(database).sql("CREATE TABLE people (id int PRIMARY KEY, full_name text, email text)")
    people.fill("[tables.people]\nrows = 50\ncolumns.full_name = {template = 'Mx {email}'}")
    assert share(people, "full_name = 'Mx ' || email", "people WHERE email IS NOT NULL") == 1


def test_rows_are_the_same_in_batches_of_any_size(shop: Database) -> None:
    plan = assemble(shop.schema(), SeedPlan(NOW, 1, 3_000))
    for model in plan.tables:
        many = model.frame(np.arange(40, 60))
        alone = pl.concat([model.frame(np.array([row])) for row in range(40, 60)], how="vertical_relaxed")
        assert many.cast(pl.String).equals(alone.cast(pl.String))
