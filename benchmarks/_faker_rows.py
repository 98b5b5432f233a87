"""Row by row: values by Faker, an INSERT through psycopg for each, all in one transaction.

    python benchmarks/_faker_rows.py DSN_VARIABLE ROWS

The segments of a session that is there, as one would write it at first. Prints one JSON object.
"""

import json
import os
import random
import sys
import time

import psycopg  # type: ignore[import-not-found]  # in the throwaway environment alone, as Faker
from faker import Faker  # type: ignore[import-not-found]

INSERT = """
INSERT INTO qa_segments (organization_id, session_id, seq, source, target, state, confidence, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, now())
"""


def main(dsn: str, rows: int) -> None:
    fake, chance = Faker(), random.Random(1)
    with psycopg.connect(dsn) as connection:
        session = connection.execute("SELECT organization_id, id FROM qa_sessions LIMIT 1").fetchone()
        assert session is not None
        began = time.perf_counter()
        for seq in range(1, rows + 1):
            words = max(1, round(chance.lognormvariate(2.7, 0.7)))
            texts = [fake.sentence(nb_words=words), fake.sentence(nb_words=words)]
            state = chance.choice(["initial", "translated", "reviewed", "final"])
            connection.execute(INSERT, (*session, 1_000_000 + seq, *texts, state, chance.random()))
        connection.commit()
        took = time.perf_counter() - began
    print(json.dumps({"rows": rows, "seconds": took}))


if __name__ == "__main__":
    main(os.environ[sys.argv[1]], int(sys.argv[2]))
