"""HTTP samplers as user.http: method, path, query, headers, body, as the plan says; hosts and secrets stay out."""

import pytest

from tests.load.importers.jmx.plans import element, group, headers, http, imported, outcome, posted, steps

JSON = headers(Content_Type="application/json")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/a/b", '"/a/b"'),
        ("a b/ü", '"/a%20b/%C3%BC"'),
        ("", '"/"'),
        ("/s?q=x%20y&empty=", '"/s", params={"q": "x y", "empty": ""}'),
        ("/s?q=1&q=2", '"/s", params=[("q", "1"), ("q", "2")]'),
        ("?search=x", '"/", params={"search": "x"}'),
        ("/odd?a&b==1#part", '"/odd?a&b==1"'),
        ("https://shop.example:8443/x?y=1", '"/x", params={"y": "1"}'),
        ("http://user:pw@shop.example", '"/"'),
        ("/api/${version}/items", 'f"/api/{VERSION}/items"'),
        ("${base}/items", 'f"{BASE}/items"'),
        ("${full}/items", '"/deep/items"'),
    ],
)
def test_a_path_is_one_of_the_target_whatever_host_it_names(path: str, wanted: str) -> None:
    given = {"version": "v2", "base": "/base", "full": "https://shop.example/deep"}
    assert f'await user.http("a", "GET", {wanted})' in steps(http("a", path), variables=given)


def test_a_link_that_is_found_during_the_load_is_made_a_path() -> None:
    found = element(
        "RegexExtractor", "link", properties={"RegexExtractor.refname": "link", "RegexExtractor.regex": "href=(.+)"}
    )
    assert 'await user.http("b", "GET", local_path(link))' in steps(http("a", "/", found), http("b", "${link}"))


def test_arguments_are_the_query_of_a_get_and_the_form_of_a_post() -> None:
    query = {"Arguments.arguments": [{"Argument.name": "q", "Argument.value": "a b"}, {"Argument.name": "n"}]}
    made = steps(
        element("HTTPSamplerProxy", "get", properties={"HTTPSampler.path": "/s?x=1", "HTTPsampler.Arguments": query}),
        posted("post", "/s?x=1", q="a b"),
    )
    assert 'await user.http("get", "GET", "/s", params={"x": "1", "q": "a b", "n": ""})' in made
    assert 'await user.http("post", "POST", "/s", params={"x": "1"}, form={"q": "a b"})' in made


def test_arguments_that_stand_encoded_in_the_plan_are_sent_so() -> None:
    def argument(value: str, encode: str) -> dict[str, str]:
        return {"Argument.name": "q", "Argument.value": value, "HTTPArgument.always_encode": encode}

    def sent(value: str, encode: str) -> str:
        given = {"Arguments.arguments": [argument(value, encode)]}
        return steps(element("HTTPSamplerProxy", "a", properties={"HTTPsampler.Arguments": given}))

    assert 'params={"q": "a b/ü"}' in sent("a%20b%2F%C3%BC", "false")
    assert 'params={"q": "a%20b"}' in sent("a%20b", "true")


def test_a_json_body_becomes_a_value_with_variables_in_their_places() -> None:
    body = '{"name": "${who}!", "n": ${count}, "chance": ${__Random(1,6)}, '
    body += '"tags": ["x", null, true, 1.5], "in": {"a": "b"}}'
    made = steps(posted("a", "/a", JSON, body=body), variables={"who": "Ann", "count": "3"})
    assert '"name": f"{WHO}!",\n"n": int(COUNT),\n"chance": user.draw(numbers_1_to_6),' in made
    assert '"tags": ["x", None, True, 1.5],\n"in": {"a": "b"},' in made
    assert "headers=" not in made


@pytest.mark.parametrize(
    ("body", "kind", "wanted"),
    [
        ("<a>${x}</a>", "text/xml", 'headers={"Content-Type": "text/xml"}, content=f"<a>{X}</a>"'),
        ("{not json", "application/json", 'headers={"Content-Type": "application/json"},\ncontent="{not json"'),
        ('{"a": 1, "a": 2}', "application/json", 'content=\'{"a": 1, "a": 2}\''),
        ("[NaN, 1e999]", "application/json", 'content="[NaN, 1e999]"'),
        ("a=1&b=x+y", "application/x-www-form-urlencoded", 'form={"a": "1", "b": "x y"}'),
    ],
)
def test_other_bodies_stay_as_they_are_with_their_type(body: str, kind: str, wanted: str) -> None:
    assert wanted in steps(posted("a", "/a", headers(Content_Type=kind), body=body), variables={"x": "1"})


def test_files_are_looked_for_beside_the_scenario() -> None:
    def upload(**file: str) -> str:
        files = {"HTTPFileArgs.files": [{f"File.{key}": value for key, value in file.items()}]}
        given = {"HTTPSampler.path": "/u", "HTTPSampler.method": "POST", "HTTPsampler.Files": files}
        return element("HTTPSamplerProxy", "up", properties=given)

    assert 'files={"doc": "a.pdf"}' in steps(upload(path="/srv/data/a.pdf", paramname="doc"))
    typed = steps(upload(path="data/a.pdf", paramname="doc", mimetype="application/pdf"))
    assert 'files={"doc": ("a.pdf", Path("data/a.pdf"), "application/pdf")}' in typed
    assert "content=A_PDF_CONTENT" in steps(upload(path="a.pdf"))


def test_a_form_in_parts_without_files_is_sent_in_parts() -> None:
    given = {"Arguments.arguments": [{"Argument.name": "a", "Argument.value": "1"}]}
    properties = {"HTTPSampler.method": "POST", "HTTPSampler.DO_MULTIPART_POST": "true", "HTTPsampler.Arguments": given}
    assert 'form={"a": "1"}, files={}' in steps(element("HTTPSamplerProxy", "a", properties=properties))


def test_headers_of_all_requests_are_the_users_and_nearer_ones_win() -> None:
    made = imported(
        headers(X_All="1", X_Near="far"),
        group(http("a", "/a"), http("b", "/b", headers(X_Near="near", X_Token="${token}"))),
        variables={"token": "${__P(token,t)}"},
    )
    assert '@start\nasync def begin(user):\n    user.headers.update({"X-All": "1"})' in made.source
    assert 'await user.http("a", "GET", "/a", headers={"X-Near": "far"})' in made.source
    assert 'headers={"X-Near": "near", "X-Token": TOKEN}' in made.source


def test_headers_that_name_the_recorded_host_or_belong_to_the_client_are_left_out_and_said() -> None:
    made = imported(group(http("a", "/", headers(Referer="https://shop.example/", Host="shop.example", Accept="*/*"))))
    assert 'headers={"Accept": "*/*"}' in made.source
    why = outcome(made, "HeaderManager").why
    assert "without Host: the client says these itself" in why
    assert "without Referer: they name the recorded host" in why


def test_several_hosts_are_said_with_the_requests_that_went_to_them() -> None:
    defaults = {"HTTPSampler.domain": "shop.example", "HTTPSampler.protocol": "https", "HTTPSampler.port": "8443"}
    made = imported(
        element("ConfigTestElement", "defaults", properties=defaults),
        group(
            http("a"), http("b", "/", domain="pay.example", port="80", protocol="http"), http("c", "http://x.example/")
        ),
    )
    notes = " ".join(made.notes)
    assert "a went to https://shop.example:8443" in notes
    assert "b went to http://pay.example" in notes
    assert "c went to http://x.example" in notes
    assert made.source.count("shop.example") == 1


def test_defaults_are_filled_in_where_the_sampler_says_nothing() -> None:
    defaults = {
        "HTTPSampler.path": "/home",
        "HTTPSampler.connect_timeout": "500",
        "HTTPSampler.response_timeout": "1000",
    }
    made = steps(element("ConfigTestElement", "d", properties=defaults), element("HTTPSamplerProxy", "a"))
    assert made.endswith('await user.http("a", "GET", "/home", timeout=1.5)')


def test_redirects_are_followed_unless_the_plan_says_otherwise() -> None:
    assert "redirects" not in steps(http("a"))
    assert "redirects=False" in steps(http("a", follow_redirects="false", auto_redirects="false"))
    assert "redirects" not in steps(http("a", follow_redirects="false", auto_redirects="true"))


def test_cookies_are_set_at_the_start_and_forgotten_where_the_plan_forgets_them() -> None:
    cookie = [{"@name": "lang", "Cookie.value": "de"}, {"@name": "visit", "Cookie.value": "a1b2c3d4e5"}]
    kept = element("CookieManager", "c", properties={"CookieManager.cookies": cookie})
    begun = imported(kept, group(http("a"))).source
    assert 'async def begin(user):\n    user.cookies.set("lang", "de")\n    user.cookies.set("visit", VISIT)' in begun
    cleared = element("CookieManager", "c", properties={"CookieManager.clearEachIteration": "true"})
    assert "user.cookies.clear()\nawait" in steps(cleared, http("a"))


def test_secrets_of_the_plan_come_from_the_environment() -> None:
    entry = {"Authorization.url": "", "Authorization.username": "ann", "Authorization.password": "s3cret-1"}
    made = imported(
        group(
            element("AuthManager", "auth", properties={"AuthManager.auth_list": [entry]}),
            posted("a", "/a", JSON, body='{"user": "ann", "password": "s3cret-2", "deep": [{"apiKey": "s3cret-3"}]}'),
            posted("b", "/b", pin="s3cret-4", token="${__P(token,s3cret-5)}"),
            posted("x", "/x", body="<login><ns:password a='b'>s3cret-10</ns:password><n>1</n></login>"),
            posted("y", "/y", JSON, body='{"query": "mutation { login(name: \\"ann\\", password: \\"s3cret-11\\") }"}'),
            posted("z", "/z", body='{broken "token": "s3cret-12"'),
            http("c", "/c?access_token=s3cret-6", headers(Authorization="Bearer s3cret-7", Cookie="sid=s3cret-8")),
        ),
        variables={"db_password": "s3cret-9"},
    )
    assert "s3cret" not in made.source + made.profile.text + str(made.notes) + str(made.outcomes)
    assert 'PASSWORD = from_environment("JMETER_PASSWORD")' in made.source
    assert "<ns:password a='b'>{PASSWORD" in made.source
    assert 'basic=("ann", PASSWORD' in made.source
    assert '"Authorization": f"Bearer {AUTHORIZATION}"' in made.source
    assert dict(made.environ)["JMETER_PASSWORD"] == "the value of password"


def test_what_a_page_embeds_is_said_to_be_missing() -> None:
    made = imported(group(http("a", image_parser="true")))
    assert outcome(made, "HTTPSamplerProxy").why == "what its page embeds is not fetched"


def test_requests_with_jmeters_own_name_are_called_by_what_they_do() -> None:
    made = steps(
        http("HTTP Request", "/a/${id}"),
        http("HTTP Request", "/b"),
        http("x", "/1"),
        http("x", "/2"),
        variables={"id": "7"},
    )
    assert [line.split('"')[1] for line in made.splitlines() if "user.http" in line] == [
        "GET /a/{ID}",
        "GET /b",
        "x",
        "x 2",
    ]


def test_a_method_that_is_not_known_is_said() -> None:
    made = imported(
        group(http("a", "/", method="${verb}"), http("b", "/", method="${known}")), variables={"known": "put"}
    )
    assert 'user.http("b", "PUT", "/")' in made.source
    assert [each.why for each in made.outcomes if each.name == "a"] == [
        "its method ${verb} is not known here: GET was put"
    ]
