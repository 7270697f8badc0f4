select customer_key, activity_date, sessions, plays, skips, ms_played
from gold.customer_day
