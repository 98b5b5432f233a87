"""The shop's statements without its application: what each journey weighs is said by the case."""

from plimsoll import feed, journey
from plimsoll.load.language.user import User
from plimsoll.testing.shop import database as sql

customers = feed.range(1, sql.CUSTOMERS)
products = feed.range(1, sql.PRODUCTS).zipf(1.05)
anywhere = feed.range(1, sql.ORDERS - 60_000)


@journey
async def browse(user: User) -> None:
    product = user.draw(products)
    await user.sql("product", sql.PRODUCT, product)
    await user.sql("reviews", sql.REVIEWS_OF, product)


@journey
async def account(user: User) -> None:
    await user.sql("orders of customer", sql.ORDERS_OF, customers)


@journey(writes=True)
async def buy(user: User) -> None:
    customer, product = user.draw(customers), user.draw(products)
    async for tx in user.transaction("buy"):
        async with tx:
            await tx.execute(sql.ORDER, customer, product, 1)
            await tx.execute(sql.TAKE, product)


@journey
async def report(user: User) -> None:
    await user.sql("report", sql.REPORT, anywhere)


@journey(weight=0)
async def totals(user: User) -> None:
    await user.sql("totals", sql.TOTALS, anywhere)


@journey(weight=0)
async def statement_of_account(user: User) -> None:
    await user.sql("statement of account", sql.STATEMENT_OF_ACCOUNT, anywhere, 20_000)


@journey(weight=0)
async def page_one_by_one(user: User) -> None:
    async with user.step("page"):
        rows = await user.sql("page: ids", sql.PAGE, user.draw(products), 40)
        for row in rows:
            await user.sql("page: item", sql.PRODUCT, row["id"])


@journey(weight=0, writes=True)
async def wrong_order(user: User) -> None:
    async for tx in user.transaction("wrong order"):
        async with tx:
            await tx.execute("INSERT INTO customers VALUES ($1, 'again', 1)", user.draw(customers))
