"""Which names, of schemas as they are, mean what; and which columns may hold personal data."""

import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, DataType, Table
from plimsoll.data.meaning.judging import Meaning, category, meaning_of, personal_column, reading

TYPES = {
    "text": DataType("text", "text"),
    "varchar": DataType("character varying(255)", "varchar", length=255),
    "int": DataType("integer", "int4"),
    "bigint": DataType("bigint", "int8"),
    "numeric": DataType("numeric(10,2)", "numeric", precision=10, scale=2),
    "float": DataType("double precision", "float8"),
    "bool": DataType("boolean", "bool"),
    "time": DataType("timestamp with time zone", "timestamptz"),
    "date": DataType("date", "date"),
    "inet": DataType("inet", "inet"),
    "uuid": DataType("uuid", "uuid"),
    "json": DataType("jsonb", "jsonb"),
    "bytea": DataType("bytea", "bytea"),
    "point": DataType("point", "point"),
    "interval": DataType("interval", "interval"),
    "enum": DataType("mood", "mood", "enum", labels=("sad", "ok")),
    "char2": DataType("character(2)", "bpchar", length=2),
    "char40": DataType("character(40)", "bpchar", length=40),
    "char32": DataType("character(32)", "bpchar", length=32),
}
ADDRESS = DataType("address", "address", "composite", fields=(("street", TYPES["text"]), ("floor", TYPES["int"])))
SPAN = DataType("span", "span", "composite", fields=(("least", TYPES["int"]), ("most", TYPES["int"])))
CALL = DataType("call", "call", "composite", fields=(("phone", TYPES["bigint"]), ("seconds", TYPES["int"])))


def column(name: str, type: str | DataType = "varchar", comment: str = "") -> Column:
    return Column(name, TYPES[type] if isinstance(type, str) else type, comment=comment)


def table(*columns: Column, name: str = "things") -> Table:
    return Table(TableName("public", name), columns)


def meaning(name: str, type: str = "varchar", table_name: str = "things", *beside: str) -> Meaning | None:
    one = column(name, type)
    return meaning_of(table(one, *map(column, beside), name=table_name), one)


def array(type: str) -> DataType:
    return DataType(f"{TYPES[type].name}[]", TYPES[type].base, "array", element=TYPES[type])


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("email", "varchar", Meaning.EMAIL),
        ("EMAIL_ADDRESS", "varchar", Meaning.EMAIL),
        ("billingEmail", "text", Meaning.EMAIL),
        ("unconfirmed_email", "varchar", Meaning.EMAIL),
        ("login", "varchar", Meaning.USERNAME),
        ("screen_name", "text", Meaning.USERNAME),
        ("user_name", "text", Meaning.USERNAME),
        ("firstName", "text", Meaning.FIRST_NAME),
        ("LASTNAME", "text", Meaning.LAST_NAME),
        ("author_name", "text", Meaning.FULL_NAME),
        ("customerName", "text", Meaning.FULL_NAME),
        ("company", "text", Meaning.COMPANY),
        ("mobile_phone", "text", Meaning.PHONE),
        ("tel", "text", Meaning.PHONE),
        ("current_sign_in_ip", "inet", Meaning.IP),
        ("ip_address", "varchar", Meaning.IP),
        ("remote_addr", "text", Meaning.IP),
        ("street_1", "text", Meaning.STREET),
        ("address_line_2", "text", Meaning.STREET),
        ("shipping_address", "text", Meaning.STREET),
        ("postal_code", "text", Meaning.POSTCODE),
        ("zip", "text", Meaning.POSTCODE),
        ("province", "text", Meaning.REGION),
        ("country", "text", Meaning.COUNTRY),
        ("country", "char2", Meaning.COUNTRY_CODE),
        ("country_code", "text", Meaning.COUNTRY_CODE),
        ("default_locale", "text", Meaning.LOCALE),
        ("source_lang", "text", Meaning.LANGUAGE),
        ("language_code", "text", Meaning.LANGUAGE),
        ("currency", "text", Meaning.CURRENCY),
        ("time_zone", "text", Meaning.TIME_ZONE),
        ("lat", "float", Meaning.LATITUDE),
        ("longitude", "numeric", Meaning.LONGITUDE),
        ("avatar_remote_url", "text", Meaning.URL),
        ("inbox_url", "text", Meaning.URL),
        ("uri", "text", Meaning.URL),
        ("slug", "text", Meaning.SLUG),
        ("domain", "text", Meaning.DOMAIN_NAME),
        ("hostname", "text", Meaning.DOMAIN_NAME),
        ("userAgent", "text", Meaning.USER_AGENT),
        ("avatar_file_name", "text", Meaning.FILE_NAME),
        ("avatar_content_type", "text", Meaning.MIME_TYPE),
        ("avatar_file_size", "int", Meaning.BYTES),
        ("encrypted_password", "varchar", Meaning.PASSWORD_HASH),
        ("password_digest", "varchar", Meaning.PASSWORD_HASH),
        ("reset_password_token", "varchar", Meaning.TOKEN),
        ("session_key", "varchar", Meaning.TOKEN),
        ("token_digest", "text", Meaning.TOKEN),
        ("checksum", "text", Meaning.SHA256),
        ("source_hash", "char32", Meaning.MD5),
        ("commit_sha", "varchar", Meaning.SHA1),
        ("checksum", "char40", Meaning.SHA1),
        ("color", "varchar", Meaning.COLOUR),
        ("job_title", "text", Meaning.JOB_TITLE),
        ("private_key", "text", Meaning.TOKEN),
        ("status", "text", Meaning.STATUS),
        ("title", "text", Meaning.TITLE),
        ("merge_request_description", "text", Meaning.SENTENCE),
        ("body_html", "text", Meaning.PARAGRAPH),
        ("cooked", "text", Meaning.PARAGRAPH),
        ("error_message", "text", Meaning.ERROR),
        ("sku", "text", Meaning.CODE),
        ("coupon_code", "text", Meaning.CODE),
        ("list_price", "numeric", Meaning.MONEY),
        ("amount_untaxed", "numeric", Meaning.MONEY),
        ("price_cents", "int", Meaning.MONEY),
        ("grand_total", "numeric", Meaning.MONEY),
        ("total_count", "int", Meaning.COUNT),
        ("num_replies", "int", Meaning.COUNT),
        ("failed_attempts", "int", Meaning.REPEATS),
        ("lock_version", "int", Meaning.REPEATS),
        ("score", "float", Meaning.SCORE),
        ("confidence", "numeric", Meaning.SHARE),
        ("tax_rate", "numeric", Meaning.TAX_RATE),
        ("duration_ms", "int", Meaning.DURATION),
        ("position", "int", Meaning.POSITION),
        ("sort_order", "int", Meaning.POSITION),
        ("priority", "int", Meaning.LEVEL),
        ("qty", "numeric", Meaning.QUANTITY),
        ("publication_year", "int", Meaning.YEAR),
        ("createdAt", "time", Meaning.CREATED_AT),
        ("CREATED_ON", "date", Meaning.CREATED_AT),
        ("date_joined", "time", Meaning.CREATED_AT),
        ("create_date", "time", Meaning.CREATED_AT),
        ("write_date", "time", Meaning.UPDATED_AT),
        ("date_modified", "time", Meaning.UPDATED_AT),
        ("deleted_at", "time", Meaning.DELETED_AT),
        ("due_date", "date", Meaning.EXPIRES_AT),
        ("date_of_birth", "date", Meaning.BIRTH_DATE),
        ("email_verified", "bool", Meaning.FLAG),
        ("is_active", "bool", Meaning.FLAG),
        ("confidential", "bool", Meaning.ANY_FLAG),
        ("user_type", "int", Meaning.OPTION),
        ("account_type", "varchar", Meaning.CATEGORY),
        ("programming_language", "varchar", Meaning.CATEGORY),
        ("visibility", "text", Meaning.CATEGORY),
        ("is_staff", "bool", Meaning.RARE_FLAG),
        ("archived", "bool", Meaning.RARE_FLAG),
        ("message_id", "varchar", Meaning.IDENTIFIER),
        ("emailaddress", "varchar", Meaning.EMAIL),
        ("unitprice", "numeric", Meaning.MONEY),
        ("tax_id", "varchar", Meaning.TAX_NUMBER),
        ("created_timestamp", "bigint", Meaning.EPOCH),
        ("timemodified", "bigint", Meaning.EPOCH),
        ("response_time", "int", Meaning.DURATION),
        ("begin_date_month", "int", Meaning.MONTH),
        ("IBAN", "text", Meaning.IBAN),
        ("swift_code", "varchar", Meaning.BIC),
        ("vat_number", "varchar", Meaning.VAT_NUMBER),
        ("customerSSN", "varchar", Meaning.NATIONAL_ID),
        ("passport_no", "varchar", Meaning.PASSPORT),
        ("credit_card_number", "text", Meaning.CARD_NUMBER),
        ("card_last4", "varchar", Meaning.CARD_LAST4),
        ("cvv", "varchar", Meaning.CARD_CODE),
        ("card_exp_year", "int", Meaning.CARD_YEAR),
        ("exp_month", "int", Meaning.MONTH),
        ("card_brand", "text", Meaning.CARD_BRAND),
        ("isbn13", "varchar", Meaning.ISBN),
        ("barcode", "varchar", Meaning.EAN),
        ("mac_address", "varchar", Meaning.MAC),
        ("gender", "varchar", Meaning.GENDER),
        ("Salutation", "varchar", Meaning.SALUTATION),
        ("blood_type", "varchar", Meaning.BLOOD_TYPE),
        ("day_of_week", "text", Meaning.WEEKDAY),
        ("weekday", "int", Meaning.WEEKDAY_NUMBER),
        ("http_method", "varchar", Meaning.HTTP_METHOD),
        ("response_code", "int", Meaning.HTTP_STATUS),
        ("source_port", "int", Meaning.PORT),
        ("request_path", "text", Meaning.ENDPOINT),
        ("path", "text", Meaning.FILE_PATH),
        ("ipv6", "text", Meaning.IP6),
        ("cidr_block", "text", Meaning.NETWORK),
        ("server_name", "text", Meaning.DOMAIN_NAME),
        ("client_ip", "text", Meaning.IP),
        ("target_branch", "text", Meaning.BRANCH),
        ("head_commit_sha", "text", Meaning.SHA1),
        ("cron_expression", "text", Meaning.CRON),
        ("queue_name", "text", Meaning.QUEUE),
        ("job_class", "text", Meaning.JOB_CLASS),
        ("last_error", "text", Meaning.ERROR),
        ("backtrace", "text", Meaning.STACK_TRACE),
        ("log_level", "varchar", Meaning.LOG_LEVEL),
        ("file_extension", "varchar", Meaning.FILE_EXTENSION),
        ("license_plate", "varchar", Meaning.PLATE),
        ("exchange_rate", "numeric", Meaning.EXCHANGE_RATE),
        ("net_weight", "numeric", Meaning.WEIGHT),
        ("height_cm", "float", Meaning.EXTENT),
        ("image_width", "int", Meaning.PIXELS),
        ("bedrooms", "int", Meaning.FEW),
        ("max_guests", "int", Meaning.CAPACITY),
        ("age", "int", Meaning.AGE),
        ("avg_rating", "numeric", Meaning.RATING),
        ("discount_percent", "int", Meaning.DISCOUNT_RATE),
        ("comments_count", "int", Meaning.COUNT),
        ("view_count", "bigint", Meaning.VIEWS),
        ("page_views", "bigint", Meaning.VIEWS),
        ("batch_size", "int", Meaning.PAGE_SIZE),
    ],
)
def test_a_name_with_its_type_has_a_meaning(name: str, type: str, expected: Meaning) -> None:
    assert meaning(name, type) is expected


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("position", "varchar"),
        ("order", "int"),
        ("email_verified_at", "varchar"),
        ("created_at", "varchar"),
        ("wallet_address", "varchar"),
        ("region", "varchar"),
        ("class_name", "varchar"),
        ("table_name", "varchar"),
        ("job", "varchar"),
        ("error_code", "varchar"),
        ("status_code", "varchar"),
        ("capacity", "varchar"),
        ("hotel", "varchar"),
        ("gzip", "varchar"),
        ("author_id", "int"),
        ("email", "int"),
        ("avatar", "varchar"),
        ("value", "varchar"),
        ("key", "varchar"),
        ("data", "json"),
        ("username", "enum"),
        ("id", "uuid"),
        ("price", "varchar"),
        ("last_login", "time"),
    ],
)
def test_a_name_that_tells_nothing_sure_has_none(name: str, type: str) -> None:
    assert meaning(name, type) is None


@pytest.mark.parametrize(
    ("table_name", "expected"),
    [
        ("users", Meaning.FULL_NAME),
        ("res_partner", Meaning.FULL_NAME),
        ("Companies", Meaning.COMPANY),
        ("catalog_products", Meaning.PRODUCT),
        ("tags", Meaning.TAG),
        ("cities", Meaning.CITY),
        ("countries", Meaning.COUNTRY),
        ("provinces", Meaning.REGION),
        ("attachments", Meaning.FILE_NAME),
        ("roles", Meaning.LABEL),
        ("projects", Meaning.LABEL),
    ],
)
def test_a_bare_name_is_one_of_what_the_table_holds(table_name: str, expected: Meaning) -> None:
    assert meaning("name", "varchar", table_name) is expected


def test_a_state_is_a_place_only_among_places() -> None:
    assert meaning("state", "varchar", "addresses", "city", "zip") is Meaning.REGION
    assert meaning("region", "varchar", "addresses", "town") is Meaning.REGION
    assert meaning("state", "varchar", "orders", "total") is Meaning.STATUS


def test_a_title_or_position_beside_a_persons_name_is_a_job() -> None:
    assert meaning("title", "varchar", "contacts", "first_name") is Meaning.JOB_TITLE
    assert meaning("position", "varchar", "staff", "last_name") is Meaning.JOB_TITLE
    assert meaning("title", "char2", "contacts", "first_name") is Meaning.SALUTATION
    assert meaning("seo_title", "varchar", "pages", "author_first_name") is Meaning.TITLE
    assert meaning("display_name", "varchar", "accounts", "username") is Meaning.FULL_NAME


def test_a_moment_of_something_later_is_not_the_rows_own() -> None:
    assert meaning("last_posted_at", "time") is None
    assert meaning("first_created_at", "time") is None


def test_comments_and_domains_tell_what_names_do_not() -> None:
    said = column("recipient", "text", "e-mail of the person")
    assert meaning_of(table(said), said) is Meaning.EMAIL
    of_domain = column("contact", DataType("email_address", "citext", domain="email_address"))
    assert meaning_of(table(of_domain), of_domain) is Meaning.EMAIL


def test_what_a_column_is_of_is_told_too() -> None:
    billing, source = column("billing_city"), column("sourceLanguage")
    assert reading(table(billing), billing) == (Meaning.CITY, "billing")
    assert reading(table(source), source) == (Meaning.LANGUAGE, "source")


def personal(name: str, type: str | DataType = "varchar", comment: str = "") -> bool:
    one = column(name, type, comment)
    return personal_column(table(one), one)


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("whatever", "text"),
        ("source", "text"),
        ("title", "varchar"),
        ("name", "varchar"),
        ("description", "text"),
        ("city", "varchar"),
        ("email", "varchar"),
        ("slug", "varchar"),
        ("code", "varchar"),
        ("token", "varchar"),
        ("id", "uuid"),
        ("payload", "json"),
        ("blob", "bytea"),
        ("last_ip", "inet"),
        ("home", "point"),
        ("tags", array("text")),
        ("addresses", array("inet")),
        ("phone", "bigint"),
        ("phones", array("bigint")),
        ("ssn", "int"),
        ("passport_number", "bigint"),
        ("card_number", "numeric"),
        ("account_no", "bigint"),
        ("tax_id", "bigint"),
        ("salary", "numeric"),
        ("iban", "text"),
        ("bic", "varchar"),
        ("vat_number", "varchar"),
        ("card_last4", "int"),
        ("cvv", "int"),
        ("card_expiry", "date"),
        ("age", "int"),
        ("mac_address", "text"),
        ("license_plate", "varchar"),
        ("nationality", "varchar"),
        ("Salutation", "varchar"),
        ("error_message", "text"),
        ("backtrace", "text"),
        ("request_path", "text"),
        ("gps", "point"),
        ("lat", "float"),
        ("birth_date", "date"),
        ("birth_year", "int"),
        ("DateOfBirth", "date"),
        ("gender", "enum"),
        ("marital_status", "varchar"),
        ("blood_type", "varchar"),
        ("home", ADDRESS),
        ("last_call", CALL),
        ("number", DataType("ssn", "int8", domain="ssn")),
        ("note", DataType("remark", "text", domain="remark")),
    ],
)
def test_what_may_say_something_of_a_person_is_personal(name: str, type: str | DataType) -> None:
    assert personal(name, type)


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("total", "numeric"),
        ("count", "int"),
        ("created_at", "time"),
        ("active", "bool"),
        ("email_verified", "bool"),
        ("mood", "enum"),
        ("took", "interval"),
        ("status", "text"),
        ("state", "varchar"),
        ("payment_method", "varchar"),
        ("ContentType", "varchar"),
        ("plan", "text"),
        ("role", "varchar"),
        ("currency", "varchar"),
        ("country", "varchar"),
        ("country_code", "char2"),
        ("locale", "varchar"),
        ("time_zone", "varchar"),
        ("channel", "varchar"),
        ("scores", array("int")),
        ("roles", array("varchar")),
        ("statuses", array("varchar")),
        ("limits", SPAN),
        ("kind", DataType("short", "text", domain="short")),
        ("port", "int"),
        ("status_code", "int"),
        ("http_method", "varchar"),
        ("log_level", "varchar"),
        ("exchange_rate", "numeric"),
        ("weekday", "varchar"),
    ],
)
def test_numbers_times_and_categories_are_not_personal(name: str, type: str | DataType) -> None:
    assert not personal(name, type)


def test_a_category_is_told_by_its_name_unless_its_comment_says_free_text() -> None:
    one, free = column("status", "text"), column("status", "text", "free text, as the user types it")
    assert category(table(one), one)
    assert not category(table(free), free)
    assert personal("status", "text", "Free text")
    for name in ("title", "name", "source", "body"):
        other = column(name, "text")
        assert not category(table(other), other)
    assert category(table(), column("mood", "enum"))
    assert not category(table(), column("status", "int"))
