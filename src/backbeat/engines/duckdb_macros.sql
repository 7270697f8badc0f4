-- What the raw contract (docs/reference/raw-contract.md) means, in DuckDB. Names begin with bb_.

-- Spark's functions that sqlglot leaves as they are.
create or replace macro pmod(a, b) as case when a % b < 0 then (a % b + b) % b else a % b end;
create or replace macro timestamp_seconds(x) as to_timestamp(x);
create or replace macro timestamp_micros(x) as make_timestamptz(x);
create or replace macro timestamp_millis(x) as make_timestamptz(x * 1000);
create or replace macro unix_micros(t) as epoch_us(t);
create or replace macro array_join(a, s) as array_to_string(a, s);
-- And those that it takes for DuckDB's, whose days and zones are others.
create or replace macro bb_dayofweek(d) as dayofweek(d) + 1;
create or replace macro bb_weekday(d) as isodow(d) - 1;
create or replace macro bb_from_utc(t, zone) as timezone('UTC', timezone(zone, cast(t as timestamptz)));
create or replace macro bb_to_utc(t, zone) as timezone(zone, cast(cast(t as timestamptz) as timestamp));
-- Of hexadecimal digits (at most 15) to decimal ones only.
create or replace macro conv(t, f, b) as case when f = 16 and b = 10 then cast(cast('0x' || t as bigint) as varchar) end;

-- Ids: Unicode white space around them is removed; what is then empty is missing.
create or replace macro bb_id(t) as
  nullif(case when t >= '!' and t < chr(127) and t[-1] between '!' and '~' then t else trim(t, chr(9) || chr(10) || chr(11) || chr(12) || chr(13)
    || ' ' || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193)
    || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201)
    || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) end, '');

-- Text forms. (Neither isnan nor = is asked: DuckDB answers them from a file's statistics, which leave NaN out. No cast may fail:
-- of what lies in a struct it does them as it reads the file, before any `when`.) A float without a fraction is its plain digits, never scientific.
create or replace macro bb_text_of_float(v) as
  case when not isfinite(v) then case when contains(cast(v as varchar), 'nan') then 'NaN'
                                      when contains(cast(v as varchar), '-') then '-Infinity' else 'Infinity' end
       when v <> trunc(v) then cast(v as varchar)
       when abs(v) < 1e15 then cast(try_cast(v as bigint) as varchar)
       else format('{:.0f}', cast(v as double)) end;
create or replace macro bb_text_of_decimal(v) as
  case when contains(cast(v as varchar), '.') then rtrim(rtrim(cast(v as varchar), '0'), '.') else cast(v as varchar) end;
create or replace macro bb_text_of_time(t) as
  strftime(t, '%Y-%m-%dT%H:%M:%S') || case when epoch_us(t) % 1000000 = 0 then '' else strftime(t, '.%f') end;
-- What lies before all days that DuckDB can name is its microseconds. (Its own text form of such times ends the database.)
create or replace macro bb_text_of_endless(t) as case when t > timestamp '1970-01-01' then 'infinity' when t is not null then '-infinity' end;
create or replace macro bb_text_of_timestamp(t) as
  case when isfinite(t) then coalesce(try(bb_text_of_time(t)), cast(epoch_us(t) as varchar)) else bb_text_of_endless(t) end;
create or replace macro bb_text_of_instant(t) as
  case when isfinite(t) then coalesce(try(bb_text_of_time(make_timestamp(epoch_us(t))) || 'Z'), cast(epoch_us(t) as varchar))
       else bb_text_of_endless(t) end;
create or replace macro bb_floor_1000(v) as v // 1000 - case when v % 1000 < 0 then 1 else 0 end;
create or replace macro bb_text_of_ns(t) as
  case when not isfinite(t) then bb_text_of_endless(t) else strftime(make_timestamp(bb_floor_1000(epoch_ns(t))), '%Y-%m-%dT%H:%M:%S')
    || case when epoch_ns(t) % 1000000000 = 0 then ''
            when epoch_ns(t) % 1000 = 0 then strftime(make_timestamp(bb_floor_1000(epoch_ns(t))), '.%f')
            else '.' || lpad(cast(((epoch_ns(t) % 1000000000) + 1000000000) % 1000000000 as varchar), 9, '0') end end;

-- Times, in UTC microseconds; what is outside the years 0001 to 9999 can't be read.
create or replace macro bb_time_of_micros(v) as
  case when v between -62135596800000000 and 253402300799999999 then make_timestamptz(cast(v as bigint)) end;
create or replace macro bb_time_of_integer(v) as bb_time_of_micros(
  case when v between -99999999999 and 99999999999 then v * 1000000
       when v between -99999999999999 and 99999999999999 then v * 1000
       when v between -99999999999999999 and 99999999999999999 then v
       else bb_floor_1000(v) end);
create or replace macro bb_time_of_float(v) as bb_time_of_micros(
  case when not isfinite(v) then null
       when abs(v) < 1e11 then floor(v * 1e6) when abs(v) < 1e14 then floor(v * 1e3)
       when abs(v) < 1e17 then floor(v) else floor(v / 1e3) end);
-- A local time that a zone shows twice is its first occurrence; one that it skips is as much later as it skips.
-- (DuckDB finds the second: the first is of the offset of a day before, where that is another.)
create or replace macro bb_shift(found, t, zone) as timezone(zone, found - interval 1 day) - (t - interval 1 day);
create or replace macro bb_earlier(found, t, zone) as
  case when timezone(zone, found - interval 1 day) = t - interval 1 day then found
       when timezone(zone, found - bb_shift(found, t, zone)) = t then found - bb_shift(found, t, zone) else found end;
create or replace macro bb_time_of_local(t, zone) as
  case when zone = 'UTC' then case when t between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'
                                     then make_timestamptz(epoch_us(t)) end
       when t between timestamp '0001-01-03' and timestamp '9999-12-29' then bb_earlier(timezone(zone, t), t, zone)
       when t between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'
         then bb_time_of_micros(epoch_us(bb_earlier(timezone(zone, t), t, zone))) end;
-- What lies beyond all times that DuckDB can name is endless, which is no time, but not nothing either.
create or replace macro bb_time_of_date(t) as
  coalesce(try_cast(t as timestamp), case when t > date '1970-01-01' then timestamp 'infinity' when t is not null then timestamp '-infinity' end);
create or replace macro bb_time_of_instant(t) as bb_time_of_micros(epoch_us(t));
create or replace macro bb_time_of_ns(t, zone) as bb_time_of_local(make_timestamp(bb_floor_1000(epoch_ns(t))), zone);
-- Short cuts for the commonest forms, in which strptime has no room to be lenient: as many digits as fit, no white space.
create or replace macro bb_time_of_utc_second(t) as
  case when strlen(t) = 20 and t >= '1' and t < '3' and suffix(t, 'Z')
         then make_timestamptz(epoch_us(try_strptime(t, '%Y-%m-%dT%H:%M:%SZ'))) end;
create or replace macro bb_local_second(t) as
  case when strlen(t) = 19 and t >= '1' and t < '3' and t[10] between '0' and '9' and t[11] in ('T', ' ')
         and t[12] between '0' and '2' and t[19] between '0' and '9'
         then try_strptime(t, ['%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S']) end;
create or replace macro bb_time_of_text(t, zone) as coalesce(
  bb_time_of_utc_second(t),
  bb_time_of_local(bb_local_second(t), zone),
  case when regexp_full_match(t, '[12]\d{3}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z')
         then try_cast(t as timestamptz)
       when regexp_full_match(t, ' *\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?) *')
         then bb_time_of_instant(try_cast(trim(t, ' ') as timestamptz))
       when regexp_full_match(t, ' *\d{4}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)? *')
         then bb_time_of_local(try_cast(trim(t, ' ') as timestamp), zone)
       when regexp_full_match(t, ' *\d{1,38} *') then bb_time_of_integer(try_cast(trim(t, ' ') as hugeint)) end);

-- Numbers. Text is read where it is one, spaces outside trimmed.
create or replace macro bb_number_of_text(t) as
  case when regexp_full_match(t, ' *[+-]?\d+(\.\d+)?([eE][+-]?\d+)? *') then try_cast(trim(t, ' ') as double) end;
create or replace macro bb_finite(v) as case when isfinite(v) then v end;
-- Rounded half up; what is larger than a duration can be (ingest/validate.py) can't be read.
create or replace macro bb_integer(v) as case when abs(v) <= 9e12 then cast(floor(v + 0.5) as bigint) end;
create or replace macro bb_integer_of_seconds(v) as
  case when abs(v) <= 9e9 then cast(floor(cast(v as decimal(38, 9)) * 1000 + 0.5) as bigint) end;

-- The end of a subscription: on or after 9999-12-31 it is open, also where it is another day by UTC or in the lake's zone; without
-- a time of day, which is the day's first instant, it is that day's last microsecond.
create or replace macro bb_is_far(t) as
  regexp_full_match(t, ' *9999-12-31[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)? *');
create or replace macro bb_local(t, zone) as
  case when zone = 'UTC' then make_timestamp(epoch_us(t)) else timezone(zone, t) end;
create or replace macro bb_open(t, zone) as case when bb_local(t, zone) < timestamp '9999-12-31' then t end;
create or replace macro bb_end(t, zone) as
  case when bb_local(t, zone) >= timestamp '9999-12-31' then null
       when bb_local(t, zone) = date_trunc('day', bb_local(t, zone)) or t = bb_time_of_local(date_trunc('day', bb_local(t, zone)), zone)
         then bb_time_of_local(date_trunc('day', bb_local(t, zone)) + interval 1 day, zone) - interval 1 microsecond
       else t end;
create or replace macro bb_day(t, zone) as cast(bb_local(t, zone) as date);

-- Strict JSON.
create or replace macro bb_json(text) as to_json(text);
