--
-- PostgreSQL database dump
--

\restrict obkyjcAvU7u9xhXOLIdOk4AvoGckbS0o1Yw5Sfm2RzwPSVtJupK7DfDdiZCiyy6

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: ballast
--

CREATE TYPE public.mood AS ENUM (
    'a',
    'b'
);


ALTER TYPE public.mood OWNER TO ballast;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: ballast
--

CREATE FUNCTION public.f() RETURNS text
    LANGUAGE plpgsql
    AS $$ begin
-- it's a quote
COPY plain FROM stdin;
return 'x;'; end $$;


ALTER FUNCTION public.f() OWNER TO ballast;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Odd "Name; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public."Odd ""Name" (
    a integer
);


ALTER TABLE public."Odd ""Name" OWNER TO ballast;

--
-- Name: epart; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.epart (
    a integer,
    m public.mood
)
PARTITION BY HASH (m);


ALTER TABLE public.epart OWNER TO ballast;

--
-- Name: epart0; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.epart0 (
    a integer,
    m public.mood
);


ALTER TABLE public.epart0 OWNER TO ballast;

--
-- Name: epart1; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.epart1 (
    a integer,
    m public.mood
);


ALTER TABLE public.epart1 OWNER TO ballast;

--
-- Name: gen; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.gen (
    a integer NOT NULL,
    b integer GENERATED ALWAYS AS (1) STORED
);


ALTER TABLE public.gen OWNER TO ballast;

--
-- Name: gen_a_seq; Type: SEQUENCE; Schema: public; Owner: ballast
--

ALTER TABLE public.gen ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.gen_a_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: new line2; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public."new
line2" (
    a integer
);


ALTER TABLE public."new
line2" OWNER TO ballast;

--
-- Name: nocols; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.nocols (
);


ALTER TABLE public.nocols OWNER TO ballast;

--
-- Name: onlygen; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.onlygen (
    b integer GENERATED ALWAYS AS (1) STORED
);


ALTER TABLE public.onlygen OWNER TO ballast;

--
-- Name: part; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.part (
    a integer,
    b integer
)
PARTITION BY HASH (b);


ALTER TABLE public.part OWNER TO ballast;

--
-- Name: part0; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.part0 (
    a integer,
    b integer
);


ALTER TABLE public.part0 OWNER TO ballast;

--
-- Name: part1; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.part1 (
    a integer,
    b integer
);


ALTER TABLE public.part1 OWNER TO ballast;

--
-- Name: plain; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.plain (
    id integer NOT NULL,
    t text
);


ALTER TABLE public.plain OWNER TO ballast;

--
-- Name: TABLE plain; Type: COMMENT; Schema: public; Owner: ballast
--

COMMENT ON TABLE public.plain IS 'it''s
COPY plain (id) FROM stdin;
-- PostgreSQL database dump complete
';


--
-- Name: tricky; Type: TABLE; Schema: public; Owner: ballast
--

CREATE TABLE public.tricky (
    t text
);


ALTER TABLE public.tricky OWNER TO ballast;

--
-- Name: u; Type: TABLE; Schema: public; Owner: ballast
--

CREATE UNLOGGED TABLE public.u (
    a integer
);


ALTER TABLE public.u OWNER TO ballast;

--
-- Name: v; Type: VIEW; Schema: public; Owner: ballast
--

CREATE VIEW public.v AS
 SELECT 'a\b'::text AS x;


ALTER TABLE public.v OWNER TO ballast;

--
-- Name: epart0; Type: TABLE ATTACH; Schema: public; Owner: ballast
--

ALTER TABLE ONLY public.epart ATTACH PARTITION public.epart0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: epart1; Type: TABLE ATTACH; Schema: public; Owner: ballast
--

ALTER TABLE ONLY public.epart ATTACH PARTITION public.epart1 FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: part0; Type: TABLE ATTACH; Schema: public; Owner: ballast
--

ALTER TABLE ONLY public.part ATTACH PARTITION public.part0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: part1; Type: TABLE ATTACH; Schema: public; Owner: ballast
--

ALTER TABLE ONLY public.part ATTACH PARTITION public.part1 FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: 16440; Type: BLOB; Schema: -; Owner: ballast
--

SELECT pg_catalog.lo_create('16440');


ALTER LARGE OBJECT 16440 OWNER TO ballast;

--
-- Data for Name: Odd "Name; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public."Odd ""Name" (a) FROM stdin;
1
2
\.


--
-- Data for Name: epart0; Type: TABLE DATA; Schema: public; Owner: ballast
--

-- load via partition root public.epart

COPY public.epart (a, m) FROM stdin;
\.


--
-- Data for Name: epart1; Type: TABLE DATA; Schema: public; Owner: ballast
--

-- load via partition root public.epart

COPY public.epart (a, m) FROM stdin;
1	b
2	a
3	b
4	a
5	b
6	a
7	b
8	a
9	b
10	a
\.


--
-- Data for Name: gen; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.gen (a) FROM stdin;
1
\.


--
-- Data for Name: new line2; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public."new
line2" (a) FROM stdin;
1
\.


--
-- Data for Name: nocols; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.nocols  FROM stdin;


\.


--
-- Data for Name: onlygen; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.onlygen  FROM stdin;

\.


--
-- Data for Name: part0; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.part0 (a, b) FROM stdin;
1	1
2	2
\.


--
-- Data for Name: part1; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.part1 (a, b) FROM stdin;
3	3
4	4
5	5
6	6
7	7
8	8
9	9
10	10
\.


--
-- Data for Name: plain; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.plain (id, t) FROM stdin;
1	x1
2	x2
3	x3
4	x4
5	x5
\.


--
-- Data for Name: tricky; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.tricky (t) FROM stdin;
\\.
a\nb
COPY x FROM stdin;

\N
\.


--
-- Data for Name: u; Type: TABLE DATA; Schema: public; Owner: ballast
--

COPY public.u (a) FROM stdin;
1
\.


--
-- Name: gen_a_seq; Type: SEQUENCE SET; Schema: public; Owner: ballast
--

SELECT pg_catalog.setval('public.gen_a_seq', 1, true);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16440', 131072);
SELECT pg_catalog.lowrite(0, '\xdeadbeef');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: plain plain_pkey; Type: CONSTRAINT; Schema: public; Owner: ballast
--

ALTER TABLE ONLY public.plain
    ADD CONSTRAINT plain_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--

\unrestrict obkyjcAvU7u9xhXOLIdOk4AvoGckbS0o1Yw5Sfm2RzwPSVtJupK7DfDdiZCiyy6

