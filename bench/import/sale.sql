-- The table that all write into. No index: what is measured is the way to the table.
CREATE TABLE sale (
  id bigint NOT NULL,
  code varchar(20) NOT NULL,
  title varchar(100) NOT NULL,
  price bigint NOT NULL,
  quantity integer NOT NULL,
  rate numeric(12, 2) NOT NULL,
  tax_free boolean NOT NULL,
  sold_on date NOT NULL,
  sold_at timestamptz NOT NULL,
  memo varchar(200)
);
