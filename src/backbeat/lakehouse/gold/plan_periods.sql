-- At any instant the subscription with the latest start counts; pieces between starts and ends are then joined again.
with
edges as (
  select customer_id, covers_from as edge_at from covers
  union
  select customer_id, covers_to as edge_at from covers where covers_to is not null
),
pieces as (
  select customer_id, edge_at as piece_from, lead(edge_at) over (partition by customer_id order by edge_at) as piece_to
  from edges
),
ranked as (
  select
    pieces.customer_id, pieces.piece_from, pieces.piece_to, covers.plan, covers.state,
    row_number() over (
      partition by pieces.customer_id, pieces.piece_from
      order by covers.covers_from desc, covers.subscription_id desc nulls last) as nth
  from pieces
  join covers
    on covers.customer_id = pieces.customer_id
    and covers.covers_from <= pieces.piece_from
    and (covers.covers_to is null or covers.covers_to > pieces.piece_from)
),
marked as (
  select
    customer_id, piece_from, piece_to, plan, state,
    case when lag(piece_to) over (partition by customer_id order by piece_from) = piece_from
      and lag(plan) over (partition by customer_id order by piece_from) = plan
      and lag(state) over (partition by customer_id order by piece_from) = state then 0 else 1 end as is_new
  from ranked
  where nth = 1
),
numbered as (
  select *, sum(is_new) over (
    partition by customer_id order by piece_from rows between unbounded preceding and current row) as period
  from marked
)
select
  customer_id,
  min(piece_from) as valid_from,
  case when count(*) = count(piece_to) then max(piece_to) end as valid_to,
  plan,
  state
from numbered
group by customer_id, period, plan, state
