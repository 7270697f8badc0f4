-- What the raw contract (docs/reference/raw-contract.md) means, in Spark: the same names as in duckdb_macros.sql, which says why.
-- A time without zone is carried as the instant at which UTC shows it: the session's zone is UTC.
-- Spark may call a function before it has looked at the `when` that guards the call: none may fail, whatever it is given.

create or replace temporary function bb_id(t string) returns string return
  nullif(case when t >= '!' and t < '\u007F' and right(t, 1) between '!' and '~' then t
    else trim(both concat('\t\n\u000B\u000C\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004',
      '\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000') from t) end, '');

create or replace temporary function bb_finite(v double) returns double return
  case when not isnan(v) and abs(v) < double('Infinity') then v end;

create or replace temporary function bb_time_of_micros(v bigint) returns timestamp return
  case when v between -62135596800000000 and 253402300799999999 then timestamp_micros(v) end;

create or replace temporary function bb_time_of_integer(v decimal(38, 0)) returns timestamp return bb_time_of_micros(
  case when v between -99999999999 and 99999999999 then cast(v as bigint) * 1000000
       when v between -99999999999999 and 99999999999999 then cast(v as bigint) * 1000
       when v between -99999999999999999 and 99999999999999999 then cast(v as bigint)
       when abs(v) < 1000000000000000000000 then cast(floor(cast(v as decimal(22, 0)) / 1000) as bigint) end);

create or replace temporary function bb_time_of_float(v double) returns timestamp return bb_time_of_micros(
  case when isnan(v) then null
       when abs(v) < 1e11D then floor(v * 1e6D) when abs(v) < 1e14D then floor(v * 1e3D)
       when abs(v) < 1e17D then floor(v) when abs(v) < 1e21D then floor(v / 1e3D) end);

create or replace temporary function bb_within(t timestamp) returns timestamp return
  case when t between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999' then t end;

-- A local time that a zone shows twice is its first occurrence; one that it skips is as much later as it skips.
create or replace temporary function bb_time_of_local(t timestamp, zone string) returns timestamp return
  case when zone = 'UTC' then bb_within(t) else bb_time_of_micros(unix_micros(to_utc_timestamp(bb_within(t), zone))) end;

-- A day before or after the years 0001 to 9999 is the day next to them, which is no time either.
create or replace temporary function bb_time_of_date(t date) returns timestamp return
  cast(case when t < date_from_unix_date(-719163) then date_from_unix_date(-719163)
            when t > date_from_unix_date(2932897) then date_from_unix_date(2932897) else t end as timestamp);

create or replace temporary function bb_time_of_instant(t timestamp) returns timestamp return bb_time_of_micros(unix_micros(t));

create or replace temporary function bb_time_of_ns(v bigint, zone string) returns timestamp return
  bb_time_of_local(timestamp_micros(cast(floor(v / 1000bd) as bigint)), zone);

-- A time of day without offset is read apart from its offset, which Java takes up to 18 hours only. Digits beyond microseconds are cut.
create or replace temporary function bb_plain_time(t string) returns timestamp return
  try_cast(regexp_replace(regexp_extract(t, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?', 0), '([.][0-9]{6})[0-9]+', '$1') as timestamp);

create or replace temporary function bb_offset_micros(t string) returns bigint return
  case when t like '%Z' then 0
       else try_cast(concat(substring(regexp_extract(t, '([+-])[0-9:]*\\z', 1), 1, 1), '1') as bigint) * 60000000
         * (try_cast(regexp_extract(t, '[+-]([0-9]{2})(:?[0-9]{2})?\\z', 1) as bigint) * 60
            + coalesce(try_cast(nullif(replace(regexp_extract(t, '[+-]([0-9]{2})(:?[0-9]{2})?\\z', 2), ':', ''), '') as bigint), 0)) end;

create or replace temporary function bb_time_of_odd_text(t string, zone string) returns timestamp return
  case when t rlike '^ *[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?) *\\z'
         then bb_time_of_micros(unix_micros(bb_plain_time(trim(t))) - bb_offset_micros(trim(t)))
       when t rlike '^ *[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)? *\\z'
         then bb_time_of_local(bb_plain_time(trim(t)), zone)
       when t rlike '^ *[0-9]{1,38} *\\z' then bb_time_of_integer(try_cast(trim(t) as decimal(38, 0))) end;

-- `plain` is a text that looks like the commonest forms, a time that no clock shows included: the cast finds it. Spark works out what a
-- function is given for every row: for these it is a null. Java is a third faster where no digit is counted in braces.
create or replace temporary function bb_time_of_plain_or_odd(plain string, t string, zone string) returns timestamp return coalesce(
  case when zone = 'UTC' or plain like '%Z' then try_cast(plain as timestamp)
       else bb_time_of_micros(unix_micros(to_utc_timestamp(try_cast(plain as timestamp), zone))) end,
  bb_time_of_odd_text(case when plain is null then t end, zone));

create or replace temporary function bb_time_of_text(t string, zone string) returns timestamp return bb_time_of_plain_or_odd(
  case when t rlike '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9]:[0-9][0-9]([.][0-9]{1,6})?Z?\\z' and t >= '0001' then t end,
  t, zone);

create or replace temporary function bb_number_of_text(t string) returns double return
  case when t rlike '^ *[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)? *\\z' then bb_finite(try_cast(trim(t) as double)) end;

create or replace temporary function bb_integer(v double) returns bigint return
  case when abs(v) <= 9e12D then cast(floor(v + 0.5D) as bigint) end;

create or replace temporary function bb_integer_of_seconds(v double) returns bigint return
  case when abs(v) <= 9e9D then cast(floor(cast(v as decimal(38, 9)) * 1000 + 0.5) as bigint) end;

create or replace temporary function bb_local(t timestamp, zone string) returns timestamp return
  case when zone = 'UTC' then t else from_utc_timestamp(t, zone) end;

create or replace temporary function bb_open(t timestamp, zone string) returns timestamp return
  case when bb_local(t, zone) < timestamp '9999-12-31 00:00:00' then t end;

create or replace temporary function bb_is_far(t string) returns boolean return
  t rlike '^ *9999-12-31[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)? *\\z';

create or replace temporary function bb_end(t timestamp, zone string) returns timestamp return
  case when bb_local(t, zone) >= timestamp '9999-12-31 00:00:00' then null
       when bb_local(t, zone) = date_trunc('day', bb_local(t, zone)) or t = bb_time_of_local(date_trunc('day', bb_local(t, zone)), zone)
         then bb_time_of_local(date_trunc('day', bb_local(t, zone)) + interval 1 day, zone) - interval '1' microsecond
       else t end;

create or replace temporary function bb_day(t timestamp, zone string) returns date return cast(bb_local(t, zone) as date);

create or replace temporary function bb_json(t string) returns string return
  substring(to_json(array(t)), 2, length(to_json(array(t))) - 2);
