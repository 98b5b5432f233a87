"""The shop over HTTP: what each journey weighs is said by the case."""

from plimsoll import feed, journey
from plimsoll.load.language.user import User
from plimsoll.testing.shop import database as sql

TOKEN = "let-me-in"

customers = feed.range(1, sql.CUSTOMERS)
products = feed.range(1, sql.PRODUCTS).zipf(1.05)
pages = feed.range(0, sql.PRODUCTS - 100)
anywhere = feed.range(1, sql.ORDERS - 60_000)


@journey
async def browse(user: User) -> None:
    user.authorize(bearer=TOKEN)
    await user.http("list", "GET", "/products", params={"after": pages})
    await user.http("product", "GET", f"/products/{user.draw(products)}")


@journey
async def account(user: User) -> None:
    user.authorize(bearer=TOKEN)
    await user.http("orders of customer", "GET", f"/customers/{user.draw(customers)}/orders")


@journey(writes=True)
async def buy(user: User) -> None:
    user.authorize(bearer=TOKEN)
    params = {"customer": user.draw(customers)}
    await user.http("buy", "POST", f"/products/{user.draw(products)}/purchase", params=params)


@journey
async def report(user: User) -> None:
    user.authorize(bearer=TOKEN)
    await user.http("report", "GET", "/report", params={"from": anywhere})


@journey(weight=0)
async def statement_of_account(user: User) -> None:
    user.authorize(bearer=TOKEN)
    await user.http("statement of account", "GET", "/account", params={"from": anywhere, "rows": 20_000})


@journey(weight=0)
async def account_with_an_old_token(user: User) -> None:
    user.authorize(bearer="expired")
    await user.http("orders of customer", "GET", f"/customers/{user.draw(customers)}/orders")
