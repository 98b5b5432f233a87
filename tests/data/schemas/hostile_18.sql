-- What PostgreSQL has from 18 on: virtual generated columns, keys without overlaps, constraints that are not enforced.

CREATE TABLE rectangles (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    width integer NOT NULL CHECK (width BETWEEN 1 AND 1000),
    height integer NOT NULL CHECK (height BETWEEN 1 AND 1000),
    area integer GENERATED ALWAYS AS (width * height) VIRTUAL,
    is_square boolean GENERATED ALWAYS AS (width = height),
    corner bigint GENERATED ALWAYS AS (width::bigint + height) STORED,
    colour text,
    CHECK (colour IN ('red', 'green')) NOT ENFORCED,
    CHECK (area <= 500000)
);

CREATE TABLE rates (
    rooms int4range NOT NULL CHECK (NOT isempty(rooms)),
    valid daterange NOT NULL,
    rate numeric(5, 2) NOT NULL,
    PRIMARY KEY (rooms, valid WITHOUT OVERLAPS)
);

CREATE TABLE notes (
    rectangle_id uuid NOT NULL,
    text text CONSTRAINT said NOT NULL NO INHERIT,
    FOREIGN KEY (rectangle_id) REFERENCES rectangles NOT ENFORCED
);
