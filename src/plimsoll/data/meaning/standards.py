"""Which names mean what, of things with a form or a scale of their own: these come before the rules of `naming`.

Values only. Each name stands for the last words of a column's name, after "=" for all of them.
"""

from collections.abc import Mapping
from typing import Final

from plimsoll.data.meaning.kinds import Meaning

# Names between bars; they are regular expressions over words.
TEXTS: Final[Mapping[Meaning, str]] = {
    Meaning.IBAN: r"iban( (number|no))?",
    Meaning.BIC: r"bic( code)?|swift( (bic|code))?",
    Meaning.VAT_NUMBER: r"(vat|ust|gst) ?(id|no|number|identification number)|vatin|uid number",
    Meaning.NATIONAL_ID: (r"ssn|social security( (number|no))?|national (id|insurance)( (number|no))?"
        r"|identity (card|number)|nin"),
    Meaning.TAX_NUMBER: r"(tax|fiscal) (id|number|no|code)|tin|ein",
    Meaning.PASSPORT: r"passport( (number|no))?",
    Meaning.CARD_LAST4: r"last ?(4|four)( digits)?",
    Meaning.CARD_NUMBER: r"(credit |debit |payment )?card ?(number|no|num)|credit ?card|cc ?(number|no|num)|pan",
    Meaning.CARD_CODE: r"cv[vc]2?|csc|(card )?security code|card verification( code| value)?",
    Meaning.CARD_EXPIRY: r"(card|cc) ?(expiry|expiration|exp)( date)?|expiry mm ?yy",
    Meaning.CARD_BRAND: r"(card|cc) ?(brand|type|network|issuer|scheme)",
    Meaning.ISBN: r"isbn ?(10|13)?( (number|code))?",
    Meaning.ISSN: r"e?issn",
    Meaning.EAN: r"ean ?(8|13)?( code)?|gtin ?(13)?|bar ?code",
    Meaning.UPC: r"upc( code)?",
    Meaning.ASIN: r"asin",
    Meaning.MAC: r"mac( ?addr(ess)?)?|hardware address",
    Meaning.IP6: r"ip ?v?6( ?addr(ess)?)?",
    Meaning.NETWORK: r"cidr( block)?|subnet|network (range|cidr)",
    Meaning.PLATE: (r"(license|licence|number|registration) ?plates?( (number|no))?|plate (number|no)"
        r"|registration number"),
    Meaning.ROOM: r"room( (number|no))?|apartment (number|no)|apt|unit (number|no)|house (number|no)",
    Meaning.SEAT: r"seat( (number|no))?",
    Meaning.PHONE_EXTENSION: r"phone ext(ension)?|=ext",
    Meaning.FILE_EXTENSION: r"(file )?extension|file ext|file type",
    Meaning.FILE_PATH: (r"=path"
        r"|(file|document|storage|absolute|relative|local|disk|image|photo|log|media|object|upload) path|object key"),
    Meaning.ENDPOINT: r"(request|url|http|api|page) (path|uri)|end ?point( path)?|route",
    Meaning.SHORT_SHA: r"short sha|abbreviated (sha|commit|hash)",
    Meaning.SHA1: (r"(head|base|merge|parent|tree|start|last|before|after|git) (sha|commit)( sha)?"
        r"|commit oid|revision"),
    Meaning.GENDER: r"gender|sex",
    Meaning.SALUTATION: r"salutation|honorific|name prefix|=(\w+ )?courtesy title",
    Meaning.BLOOD_TYPE: r"blood (type|group)",
    Meaning.NATIONALITY: r"nationality",
    Meaning.WEEKDAY: r"week start|first day of week|week ?day|day of( the)? week|dow|day name",
    Meaning.MONTH_NAME: r"month( name)?",
    Meaning.HTTP_METHOD: r"(http|request|api) ?(method|verb)|=method|verb",
    Meaning.HTTP_REASON: r"http (reason|status text)|reason phrase|status text",
    Meaning.LOG_LEVEL: r"log ?level|severity text",
    Meaning.PROTOCOL: r"protocol|scheme",
    Meaning.BROWSER: r"browser( name)?",
    Meaning.OS: r"os( name)?|operating system|platform",
    Meaning.DEVICE: r"device( (name|model|type))?",
    Meaning.BRANCH: r"=branch|=ref|(git |source |target |default |head |base )branch( name)?|(git|head|base) ref",
    Meaning.CRON: r"cron( (expression|schedule|spec))?|cron ?tab|schedule expression",
    Meaning.QUEUE: r"queue( name)?",
    Meaning.JOB_CLASS: (r"job (class|name|handler)|worker (class|name)|task (class|handler)|handler class"
        r"|=(class|handler)"),
    Meaning.ERROR: (r"(last |job |sync )?errors?( (message|text|details?))?|exception( message)?"
        r"|(failure|error) reason"),
    Meaning.STACK_TRACE: r"(stack|back) ?trace|error (stack|trace)",
    Meaning.EVENT: r"event ?(name|type|kind)?|webhook (event|topic)",
    Meaning.CONTINENT: r"continent( name)?",
    Meaning.CLOTHES_SIZE: r"(clothes|shirt|shoe|product|garment) size|=size",
    Meaning.MATERIAL: r"material|fabric",
    Meaning.COORDINATES: r"coordinates|coords|geo ?location|lat ?(lng|lon|long)|gps( (position|coordinates))?",
    Meaning.IP: r"(client|server|source|remote|peer|last|login) ?(ip|host ip)( ?addr(ess)?)?",
    Meaning.REGION: r"district( name)?",
    Meaning.LANGUAGE_NAME: r"language name",
    Meaning.THEME: r"(colou?r )?(theme|scheme)",
    Meaning.SHA256: r"(hashed|encrypted) (key|token|secret|code)|(key|code|secret) (hash|digest)",
    Meaning.IDENTIFIER: r"(idempotency|dedup(lication)?|correlation|external|cache|lock|request|message|job) key",
    Meaning.BRAND: r"brand( name)?|make|trade ?mark",
    Meaning.SOURCE: r"=((utm|lead|referral|traffic|signup|acquisition) )?source|=origin",
    Meaning.URL: r"referr?er( url)?|callback|redirect( to)?|webhook",
    Meaning.CODE: r"=number|=(order|invoice|document|case|ticket) ?(number|no|num)",
    Meaning.FULL_NAME: r"card ?holder( name)?|name on card",
    Meaning.DOMAIN_NAME: r"(server|host|node|machine) ?name",
}  # fmt: skip
WHOLES: Final[Mapping[Meaning, str]] = {
    Meaning.PORT: r"port( (number|no))?",
    Meaning.HTTP_STATUS: r"(http|response)( status)?( code)?|status code|http (response )?(status|code)",
    Meaning.CARD_YEAR: r"(card |cc )?(exp|expiry|expiration)( |_)?year",
    Meaning.MONTH: r"(exp|expiry|expiration|birth|start|end|fiscal|billing) ?month",
    Meaning.AGE: r"age( years)?|age in years",
    Meaning.CAPACITY: (r"capacity"
        r"|(max|maximum|min) (guests|participants|attendees|occupancy|capacity|seats|users)|seats|occupancy"),
    Meaning.FEW: (r"(num(ber)?( of)? |n |no of )?(adults|children|infants|guests|bed ?rooms|bath ?rooms|beds|floors"
        r"|rooms|persons|people|passengers|nights|doors)( count)?"),
    Meaning.FLOOR: r"floor( (number|no))?|storey",
    Meaning.ROOM: r"room (number|no)|house (number|no)",
    Meaning.QUARTER: r"quarter",
    Meaning.WEEKDAY_NUMBER: r"week ?day|day of( the)? week|dow|isodow",
    Meaning.WEEK: r"week( (number|no|of year))?",
    Meaning.HOUR: r"=(\w+ )?hour( of day)?",
    Meaning.MINUTE: r"=(\w+ )?minute( of hour)?",
    Meaning.RATING: r"stars|star rating",
    Meaning.VIEWS: r"(page |unique )?(views?|hits?|reads|impressions?|clicks?|visits?|downloads?|plays?)( counts?)?",
    Meaning.PIXELS: r"(image|photo|thumb(nail)?|video|screen|viewport|file|picture|avatar|banner) (width|height)"
                    r"|(width|height) (px|pixels)",
    Meaning.TIMEOUT: r"(time ?out|ttl|(poll|retry|refresh|check|sync) ?interval|max age)( (s|secs?|seconds?|days))?",
    Meaning.TRIES_MAX: r"max(imum)? (attempts|retries|tries)|(retry|attempts?) limit",
    Meaning.PAGE_SIZE: r"(page|batch|chunk|pool|queue|max|rate|daily|monthly) ?(size|limit)|=limit|per page",
}  # fmt: skip
NUMBERS: Final[Mapping[Meaning, str]] = {
    Meaning.WEIGHT: r"weight( (kg|g|lbs?|grams|in \w+))?|(net|gross|body|birth|shipping) weight",
    Meaning.EXTENT: r"(width|height|depth|length|thickness|diameter)( (cm|mm|m|in|inches))?",
    Meaning.VOLUME: r"volume( (l|ml|m3|liters|litres))?",
    Meaning.TEMPERATURE: r"temp(erature)?( (c|f|celsius|fahrenheit|max|min))?|(max|min) temp(erature)?",
    Meaning.DISTANCE: r"(distance|mileage|odometer)( (km|m|miles|meters|metres))?|distance in \w+",
    Meaning.SPEED: r"(speed|velocity)( (kmh|mph|ms|kph|m s))?",
    Meaning.TAX_RATE: r"(tax|vat|gst) (rate|percent(age)?|pct)",
    Meaning.DISCOUNT_RATE: r"discount (percent(age)?|pct|rate)|percent off",
}
EXACTS: Final[Mapping[Meaning, str]] = {
    Meaning.EXCHANGE_RATE: r"(exchange|conversion|fx|currency) rate|rate to (usd|eur|base)",
    Meaning.RATING: (
        r"stars|star rating|(avg|average|mean) (rating|stars|review)"
        r"|(rating|stars|review) (avg|average|mean)"
    ),
}
