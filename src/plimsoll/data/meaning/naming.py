"""Which names mean what: rules over the words of a column's name, for types that can hold it. Values only."""

import re
from collections.abc import Mapping
from typing import Final

from plimsoll.data.meaning.kinds import Meaning

TEXT: Final = frozenset({"text", "varchar", "bpchar", "citext"})
NUMBER: Final = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "money"})
LONG: Final = frozenset({"int4", "int8"})
WHOLE: Final = frozenset({"int2", "int4", "int8"})
EXACT: Final = frozenset({"numeric", "float4", "float8"})
TIME: Final = frozenset({"timestamp", "timestamptz", "date"})
BOOL: Final = frozenset({"bool"})
_WHO: Final = (
    r"(contact|customer|client|person|user|member|patient|recipient|sender|employee|owner|holder|author|manager|guest"
    r"|student|teacher|billing|shipping)"
)
_PART: Final = r"(order|invoice|serial|account|customer|tracking|part|booking|confirmation|receipt|ticket|item|product)"
_NOT_ONE_OF_MANY: Final = r"=(?!(last|first|next|previous|latest) )(\w+ )*"  # last_posted_at is not the row's own

# What a name's last words (after "=": all its words) must match for its meaning; the first that fits counts.
RULES: Final[tuple[tuple[frozenset[str], str, Meaning], ...]] = (
    (TIME, _NOT_ONE_OF_MANY + r"((created|inserted|registered|joined|posted|added)( (at|on|date|time|timestamp))?"
           r"|(date|time) (joined|created|added)|creat(e|ion) (date|time))", Meaning.CREATED_AT),
    (TIME, (r"(updated|modified|changed|edited)( (at|on|date|time|timestamp))?|date (updated|modified)|last update"
           r"|(write|update|modification) (date|time)|mtime"), Meaning.UPDATED_AT),
    (TIME, (r"(deleted|removed|archived|discarded|disabled|trashed|deceased|died|left|terminated|revoked|suspended"
           r"|banned|resigned|retired|blocked|locked|withdrawn|voided|refunded)( (at|on|date))?"), Meaning.DELETED_AT),
    (TIME, r"(expires?|expiry|expiration|valid (until|to)|due|deadline)( (at|on|date))?", Meaning.EXPIRES_AT),
    (TIME, r"(birth ?day|birth ?date|date of birth|dob|born)( on)?", Meaning.BIRTH_DATE),
    (BOOL, (r"(is |was )?(deleted|removed|archived|disabled|blocked|banned|suspended|locked|hidden|spam|admin|staff"
           r"|superuser|moderator|root|bot|test|draft|failed|cancell?ed|expired|closed|pinned|sticky|featured|urgent"
           r"|sensitive|private|default|silenced|internal|system)"), Meaning.RARE_FLAG),
    (BOOL, (r"(is |was |has )?(active|enabled|visible|verified|confirmed|public|available|approved|subscribed|valid"
            r"|current|published|accepted|ok|success(ful)?|passed|online|allowed|activated|completed|paid)"),
     Meaning.FLAG),
    (BOOL, r".*", Meaning.ANY_FLAG),
    (TEXT, r"e ?mail( ?addr(ess)?)?|mail", Meaning.EMAIL),
    (TEXT, r"user ?name|login( name)?|nick( ?name)?|screen name", Meaning.USERNAME),
    (TEXT, r"first ?name|given ?name|fore ?name|fname", Meaning.FIRST_NAME),
    (TEXT, r"last ?name|sur ?name|family ?name|lname", Meaning.LAST_NAME),
    (TEXT, rf"full ?name|real ?name|author|{_WHO} ?name", Meaning.FULL_NAME),
    (TEXT, r"company( name)?|organi[sz]ation( name)?|employer|(vendor|supplier|manufacturer|business)( name)?",
     Meaning.COMPANY),
    (TEXT, r"((tele|cell|mobile )?phone|mobile|fax)( ?(number|no))?|tel", Meaning.PHONE),
    (TEXT, r"ip( ?addr(ess)?)?|remote addr(ess)?", Meaning.IP),
    (TEXT, r"street( ?(address|name))?( ?[12])?|address ?line( ?[12])?", Meaning.STREET),
    (TEXT, (r"=(?P<of>((billing|shipping|home|mailing|postal|delivery|invoice|office|work|contact|company) ?)*)"
           r"(full )?(address|addr)( ?[12])?"), Meaning.STREET),
    (TEXT, r"city( name)?|town|locality", Meaning.CITY),
    (TEXT, r"province( name)?|county( name)?|state name|region name", Meaning.REGION),
    (TEXT, r"country( name)?", Meaning.COUNTRY),
    (TEXT, r"country ?(code|iso)( ?[23])?|iso country( code)?", Meaning.COUNTRY_CODE),
    (TEXT, r"zip( ?code)?|post(al)? ?code", Meaning.POSTCODE),
    (EXACT, r"lat(itude)?", Meaning.LATITUDE),
    (EXACT, r"lng|lon(g|gitude)?", Meaning.LONGITUDE),
    (TEXT, r"ur[li]|web ?site|home ?page|href", Meaning.URL),
    (TEXT, r"slug|permalink", Meaning.SLUG),
    (TEXT, r"domain( name)?|host( ?name)?|fqdn", Meaning.DOMAIN_NAME),
    (TEXT, r"user ?agent", Meaning.USER_AGENT),
    (TEXT, r"locale( code)?", Meaning.LOCALE),
    (TEXT, r"=(?!.*program)(?:(?P<of>.*) )?lang(uage)?( code)?", Meaning.LANGUAGE),
    (TEXT, r"currency( code)?", Meaning.CURRENCY),
    (TEXT, r"time ?zone( name)?|tz", Meaning.TIME_ZONE),
    (TEXT, r"file ?name", Meaning.FILE_NAME),
    (TEXT, r"(mime|content|media) ?type", Meaning.MIME_TYPE),
    (TEXT, r"pass ?word( ?(hash|digest))?|passwd|pwd", Meaning.PASSWORD_HASH),
    (TEXT, r"token( (hash|digest))?|secret|(api|access|secret|private|public) ?key|otp|nonce|session (key|id)",
     Meaning.TOKEN),
    (TEXT, r"md5( ?(sum|hash|digest))?|etag", Meaning.MD5),
    (TEXT, r"sha ?1( (sum|hash|digest))?|(commit )?sha|commit( (hash|id))?", Meaning.SHA1),
    (TEXT, r"sha ?256( (sum|hash|digest))?|check ?sum|digest|fingerprint|hash", Meaning.SHA256),
    (TEXT, r"colou?r", Meaning.COLOUR),
    (TEXT, r"version( number)?", Meaning.VERSION),
    (TEXT, r"job ?title|profession|occupation", Meaning.JOB_TITLE),
    (TEXT, r"product( name)?|item name|article name", Meaning.PRODUCT),
    (TEXT, r"tag( name)?|category( name)?|keyword|genre", Meaning.TAG),
    (TEXT, r"status|stage|phase", Meaning.STATUS),
    (TEXT, r"body|content|text|raw|cooked|html|markdown|article|biography|bio|about( me)?", Meaning.PARAGRAPH),
    (TEXT, (r"description|desc|comments?|message|summary|excerpt|remarks?|reason|question|answer|feedback|notes?"
           r"|(error|last error)"), Meaning.SENTENCE),
    (TEXT, r"title|subject|headline|topic", Meaning.TITLE),
    (TEXT, r"label|caption", Meaning.LABEL),
    (TEXT, r"=code", Meaning.CODE),
    (TEXT, (rf"sku|reference( number)?|{_PART} (number|no|ref)"
           r"|(promo|promotion|coupon|voucher|discount|referral|product|item|booking|confirmation|order|invite"
           r"|invitation|reference|customer|account) code"), Meaning.CODE),
    (TEXT, r"(tax|vat|national|fiscal|licen[cs]e) id", Meaning.CODE),
    (TEXT, r"id|uuid|guid|uid", Meaning.IDENTIFIER),
    (LONG, (r"time ?stamp|ts|unix|epoch|[mca]time|(time ?|date )(created|updated|modified|added)"
            r"|(created|updated|modified|deleted|edited|expires|started|finished) ?(at|on)"
            r"|(unix|epoch|event|creat\w+|updat\w+|modifi\w+|expir\w+|start|end|last [\w ]+) (time|date|ms|sec)"),
     Meaning.EPOCH),
    (WHOLE, r"ratio", Meaning.PERCENTAGE),
    (WHOLE, r"=(\w+ )*month", Meaning.MONTH),
    (WHOLE, r"=(\w+ )*date day|day of month", Meaning.DAY),
    (NUMBER, r"percent(age)?|pct|progress|(tax|vat|interest|conversion|commission|discount) rate|completion",
     Meaning.PERCENTAGE),
    (EXACT, r"ratio|probability|confidence|likelihood|similarity", Meaning.SHARE),
    (NUMBER, (r"(\w*price|amount|cost|(sub ?|grand )?total|balance|fee|salary|tax|vat|revenue|discount|budget)"
             r"( (net|gross|amount|untaxed|excl|incl))?"), Meaning.MONEY),
    (WHOLE, r"(amount |price |cost |total |fee )?(in )?(cents|minor( units)?)|(price|amount|cost|total|fee) cents",
     Meaning.MONEY),
    (NUMBER, r"rating", Meaning.RATING),
    (NUMBER, r"score", Meaning.SCORE),
    (NUMBER, r"(duration|elapsed|latency|run ?time|response time)( (ms|s|secs?|seconds|millis|minutes))?",
     Meaning.DURATION),
    (NUMBER, r"(qty|quantity)( \w+)?|(in )?stock|inventory|(product )?uom qty", Meaning.QUANTITY),
    (WHOLE, r"pieces|units", Meaning.QUANTITY),
    (WHOLE, r"year", Meaning.YEAR),
    (WHOLE, r"attempts|retries|retry count|attempts? count|failed attempts|lock version|revision|error count|version",
     Meaning.REPEATS),
    (WHOLE, r"counts?|counter|(num|nr|number of) [\w ]+|views|reads|replies|likes|clicks|hits|visits|votes",
     Meaning.COUNT),
    (WHOLE, r"=size", Meaning.BYTES),
    (WHOLE, (r"bytes|(file|content|blob|object|image|attachment|archive|upload|disk|storage|compressed|original) ?size"
            r"|size (in )?bytes|content length"), Meaning.BYTES),
    (WHOLE, r"=position|(sort|display|list|menu) ?(order|position)|rank|ordinal|seq|sequence|idx|index",
     Meaning.POSITION),
    (WHOLE, r"priority|severity|level", Meaning.LEVEL),
    (WHOLE, r"type|kind|status|state|action|mode|option|role|visibility|category|stage|phase|gender", Meaning.OPTION),
)  # fmt: skip

# What `name` is in a table of such a name.
NAMED: Final[tuple[tuple[str, Meaning], ...]] = (
    ((r"user|person|people|customer|employee|member|contact|author|profile|patient|student|player|staff|teacher|client"
     r"|owner|recipient|guest|driver|artist|partner|actor|attendee|applicant|candidate|speaker|passenger|subscriber"
     r"|participant|doctor|lead|voter|agent|instructor|tutor|musician|composer"), Meaning.FULL_NAME),
    (r"company|companies|organi[sz]ation|supplier|vendor|manufacturer|tenant", Meaning.COMPANY),
    (r"product|item|article|variant", Meaning.PRODUCT),
    (r"tag|category|categories|keyword|genre", Meaning.TAG),
    (r"city|citie|town", Meaning.CITY),
    (r"country|countrie", Meaning.COUNTRY),
    (r"region|province|state|district|county", Meaning.REGION),
    (r"language", Meaning.LANGUAGE_NAME),
    (r"brand|make", Meaning.BRAND),
    (r"file|attachment|document|upload", Meaning.FILE_NAME),
)  # fmt: skip

# What a comment says of text whose name says nothing.
COMMENTS: Final[Mapping[str, Meaning]] = {
    r"\be-?mail\b": Meaning.EMAIL,
    r"\biso[ -]?4217\b": Meaning.CURRENCY,
    r"\biso[ -]?3166\b": Meaning.COUNTRY_CODE,
    r"\b(bcp ?47|iso[ -]?639)\b": Meaning.LANGUAGE,
    r"\b(tele)?phone number\b": Meaning.PHONE,
    r"\bsha-?256\b": Meaning.SHA256,
    r"\bsha-?1\b": Meaning.SHA1,
    r"\bpassword hash\b": Meaning.PASSWORD_HASH,
    r"\burl\b": Meaning.URL,
}

# Names of personal data whatever their type: a phone number kept as int8.
TELLING: Final = re.compile(
    r"\b(birth\w*|dob|born|age|ssn|social security|passport|iban|bic|swift|last ?4|last four|csc|sort code"
    r"|routing (number|no)|license ?plate|licence ?plate|plate (number|no)|salutation|honorific|nationality|mac address"
    r"|coordinates|coords|gps|ein|cpf|(cell |mobile |tele)?phones?|mobile|fax"
    r"|(credit |debit )?cards?( (number|no))?|pan|cvv|cvc|pin|(account|acct|licen[cs]e) (number|no)|bank( account)?"
    r"|tax (id|number|no)|vat (id|number|no)|tin|national (id|insurance)|nin|identity (card|number)|salary|wages?"
    r"|income|lat|latitude|lng|lon|long|longitude|geo(location)?|ip|imei|health|medical|diagnos\w+|blood"
    r"|disability|marital|religio\w+|ethnic\w*|race|immigration|political|union|gender|sex\w*)\b"
)

# Last words of names of text that is a category: its values are the application's, not people's.
CATEGORY: Final = re.compile(
    r"(?:.* )?(?:status|state|stage|phase|type|kind|category|plan|tier|level|priority|severity|role|currency"
    r"|(currency|country|language|lang|locale) code|lang(uage)?|locale|country( (iso|name))?|time ?zone|tz"
    r"|format|method|provider|channel|unit|gateway|visibility|environment)"
)
