"""SQL about customers → DAX about the one customer of a row: what metrics and slices mean, said once more in no file.

A text that has a row per customer is read as a condition (is there a row?) and values (its columns), each a DAX
variable; rows of star tables are filters of CALCULATE. What is beyond this is told, not guessed: `Unsaid`.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from backbeat import content
from backbeat.powerbi.conditions import Conditions, Scope, Unsaid, Value, day_of, every
from backbeat.powerbi.names import dax_column, dax_table
from backbeat.powerbi.nouns import Model, ModelTable
from backbeat.powerbi.parsed import conjunction, equal_columns, parsed, source_name

AGGREGATES = {exp.Sum: "SUM", exp.Min: "MIN", exp.Max: "MAX", exp.Avg: "AVERAGE"}
ITERATED = {*AGGREGATES.values(), "COUNT", "COUNTROWS"}
"""Aggregates that have a form over a table of rows, too."""


@dataclass(frozen=True)
class Rows:
    """Rows of a star table about the customer: `kept` by these filters, where `given` holds."""

    table: ModelTable
    columns: dict[str, Value]
    kept: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Customers:
    """At most one row about the customer: whether there is one, and its values."""

    exists: str
    columns: dict[str, Value]


@dataclass
class Reading:
    """A text being read; `variables` are the DAX ones that it needs, in order."""

    model: Model
    variables: dict[str, str] = field(default_factory=dict)

    def query(self, tree: Any, known: dict[str, Any]) -> Rows | Customers:
        """What a SELECT gives; `known` are the CTEs around it."""
        known = dict(known)
        for cte in tree.ctes:
            known[cte.alias] = cte.this
        if not isinstance(tree, exp.Select):
            raise Unsaid(f"{type(tree).__name__.lower()}s")
        return self._select(tree, known)

    def keep(self, name: str, dax: str) -> str:
        """A variable that holds the expression."""
        if dax in ("TRUE ()", "FALSE ()"):
            return dax
        found = next((known for known, text in self.variables.items() if text == dax), None)
        if found:
            return found
        fresh, number = f"_{name}", 2
        while fresh in self.variables:
            fresh, number = f"_{name}_{number}", number + 1
        self.variables[fresh] = dax
        return fresh

    def used(self, value: str) -> dict[str, str]:
        """The variables that an expression needs, those that they need included."""
        needed, pending = set[str](), [value]
        while pending:
            fresh = {name for name in self.variables if re.search(rf"{name}\b", pending[-1])} - needed
            pending = [*pending[:-1], *(self.variables[name] for name in fresh)]
            needed |= fresh
        return {name: dax for name, dax in self.variables.items() if name in needed}

    def _select(self, tree: Any, known: dict[str, Any]) -> Rows | Customers:
        if tree.find(exp.Window) or tree.args.get("limit") or tree.args.get("qualify"):
            raise Unsaid("window functions")
        first = tree.args["from_"].this if "from_" in tree.args else tree.args["from"].this
        scope: dict[str, Any] = {first.alias_or_name: self._source(first, known)}
        base, main = scope[first.alias_or_name], first.alias_or_name
        for join in tree.args.get("joins") or ():
            base = self._join(base, join, scope, known)
            scope[main] = base
        where = tree.args.get("where")
        return self._shaped(tree, base, main, scope, where.this if where else None, known)

    def _source(self, node: Any, known: dict[str, Any]) -> Rows | Customers:
        if isinstance(node, exp.Subquery):
            return self.query(node.this, known)
        name = source_name(node)
        if name in known:
            return self.query(known[name], {n: t for n, t in known.items() if n != name})
        star = next((t.name for t in content.tables().values() if t.star and t.star.of == name), None)
        table = self.model.of_source(star) if star else None
        if table:
            return self._star(table)
        if name in content.relations():
            return self.query(parsed(content.relations()[name]), {})
        raise Unsaid(f"{name}, which is in no star table")

    def _star(self, table: ModelTable) -> Rows | Customers:
        definition = content.tables()[table.source]
        star = definition.star
        assert star
        solid = {*definition.not_null, *definition.key}
        columns = {
            c.source: Value(dax_column(table.name, c.name), is_nullable=c.source not in solid) for c in table.columns
        }
        for instant, day in star.days.items():
            columns[instant] = replace(columns[day], is_instant=True)
        columns["customer_id"] = columns.pop("customer_key", Value(""))
        if not columns["customer_id"].dax:
            raise Unsaid(f"{star.of}, which is not about customers")
        rows = Rows(table, columns)
        is_one = definition.key == ("customer_key",)
        return Customers("TRUE ()", _Lazy(self, rows, star.of.rpartition(".")[2])) if is_one else rows

    def _join(self, base: Any, join: Any, scope: dict[str, Any], known: dict[str, Any]) -> Any:
        side, alias = (join.side or "").lower(), join.this.alias_or_name
        if (
            side not in ("", "left")
            or (join.kind or "inner").lower() not in ("inner", "outer")
            or not join.args.get("on")
        ):
            raise Unsaid(f"a {side or join.kind} join without a condition")
        conditions = conjunction(join.args["on"])
        if source_name(join.this) == "gold.dates":
            scope[alias] = self._dates(base, alias, conditions)
            return base
        joined = self._source(join.this, known)
        rest = [each for each in conditions if not equal_columns(each, "customer_id", "customer_id", alias)]
        if len(rest) == len(conditions):
            raise Unsaid("a join by something else than customer_id")
        scope[alias] = self._narrowed(joined, alias, rest, scope)
        if side == "left":
            return base
        return self._given(base, scope[alias].exists)

    def _dates(self, base: Any, alias: str, conditions: list[Any]) -> Customers:
        """The calendar's columns, through the relationship of the rows' day."""
        if not isinstance(base, Rows) or not any(equal_columns(c, "date", "activity_date", alias) for c in conditions):
            raise Unsaid("a join with gold.dates by something else than activity_date")
        dates = self.model.of_source("dates")
        assert dates
        return Customers("TRUE ()", {c.source: Value(dax_column(dates.name, c.name)) for c in dates.columns})

    def _given(self, base: Any, exists: str) -> Any:
        if isinstance(base, Rows):
            return replace(base, given=(*base.given, exists))
        return Customers(every(base.exists, exists), base.columns)

    def _narrowed(self, joined: Any, alias: str, conditions: list[Any], scope: dict[str, Any]) -> Customers:
        """What is joined, as at most one row of the customer for which the conditions hold."""
        if isinstance(joined, Customers):
            if not conditions:
                return joined
            holds = self._conditions({**scope, alias: joined}, alias).true_of(exp.and_(*conditions))
            exists = self.keep(f"has_{alias}", every(joined.exists, holds))
            values = {n: Value(f"IF ( {exists}, {v.dax} )", True, v.is_instant) for n, v in joined.columns.items()}
            return Customers(exists, values)
        kept = self._kept(joined, alias, conditions, scope)
        return self.one(kept, alias)

    def _kept(self, rows: Rows, alias: str, conditions: list[Any], scope: dict[str, Any]) -> Rows:
        said = self._conditions({**scope, alias: rows}, alias)
        return replace(rows, kept=(*rows.kept, *(said.true_of(each) for each in conditions)))

    def one(self, rows: Rows, alias: str) -> Customers:
        """The rows as one: what is asked of a row is the same of all, or there is but one."""
        exists = self._exists(rows, alias)
        return Customers(exists, _Lazy(self, rows, alias))

    def _exists(self, rows: Rows, alias: str) -> str:
        count = self.calculated(rows, "COUNTROWS", dax_table(rows.table.name))
        return self.keep(f"has_{alias}", every(*rows.given, f"{count} > 0"))

    def calculated(self, rows: Rows, function: str, value: str) -> str:
        """An aggregate over the rows of the customer: filters by day are told to the index, others row by row.

        A condition of several parts as a filter of CALCULATE is tried on every value of its column, for each customer.
        """
        kept = [each for each in rows.kept if each != "TRUE ()"]
        if function in ITERATED and kept and not self._has_days(rows.table):
            found = f"FILTER ( {dax_table(rows.table.name)}, {every(*kept)} )"
            return f"COUNTROWS ( {found} )" if function == "COUNTROWS" else f"{function}X ( {found}, {value} )"
        lifted = ["REMOVEFILTERS ( Dates )"] if self._has_days(rows.table) else []
        return f"CALCULATE ( {', '.join([f'{function} ( {value} )', *lifted, *kept])} )"

    def _has_days(self, table: ModelTable) -> bool:
        return any(each.from_table == table.name and each.to_table == "Dates" for each in self.model.relationships)

    def _shaped(
        self, tree: Any, base: Any, main: str, scope: dict[str, Any], where: Any, known: dict[str, Any]
    ) -> Rows | Customers:
        """Where, group by, having and the selected columns."""
        wanted = conjunction(where) if where else []
        base, wanted = self._members(base, wanted, known)
        if isinstance(base, Rows):
            base = self._kept(base, main, wanted, scope)
            is_grouped = bool(tree.args.get("group") or tree.args.get("distinct"))
            self._demand_by_customer(tree)
            scope = {**scope, main: base}
            return self._grouped(tree, base, main, scope) if is_grouped else self._projected(tree, base, main, scope)
        if tree.args.get("group"):
            raise Unsaid("a group by over groups")
        exists = every(base.exists, *(self._conditions(scope, main).true_of(each) for each in wanted))
        said = self._conditions(scope, main)
        return Customers(exists, {each.alias_or_name: said.value(each.unalias()) for each in _named(tree)})

    def _members(self, base: Any, wanted: list[Any], known: dict[str, Any]) -> tuple[Any, list[Any]]:
        """`customer_id in (select …)` as a condition of the customer; what is left of the conditions."""
        left = []
        for each in wanted:
            is_not, inner = isinstance(each, exp.Not), each.this if isinstance(each, exp.Not) else each
            query = inner.args.get("query") if isinstance(inner, exp.In) else None
            if query is None or not isinstance(inner.this, exp.Column) or inner.this.name != "customer_id":
                left.append(each)
                continue
            found = self.query(query.this if isinstance(query, exp.Subquery) else query, known)
            exists = found.exists if isinstance(found, Customers) else self._exists(found, "rows")
            base = self._given(base, f"NOT ( {exists} )" if is_not else exists)
        return base, left

    def _demand_by_customer(self, tree: Any) -> None:
        group = tree.args.get("group")
        names = [each.name for each in group.expressions] if group else []
        if group and names != ["customer_id"]:
            raise Unsaid(f"groups by {', '.join(names)}")

    def _grouped(self, tree: Any, rows: Rows, main: str, scope: dict[str, Any]) -> Customers:
        said = Conditions(self, _scope(scope, main), aggregate=lambda node: self._aggregate(node, rows, main, scope))
        columns: dict[str, Value] = {}
        for each in _named(tree):
            node = each.unalias()
            columns[each.alias_or_name] = (
                Value("", False)
                if _is_key(node)
                else said.value(node)
                if node.find(exp.AggFunc)
                else self._shown(rows, each)
            )
        having = tree.args.get("having")
        exists = said.true_of(having.this) if having else self._exists(rows, main)
        return Customers(self.keep(f"is_{main}", every(*rows.given, exists)) if having else exists, columns)

    def _shown(self, rows: Rows, each: Any) -> Value:
        value = rows.columns[each.unalias().name]
        return replace(
            value, dax=self.keep(each.alias_or_name, self.calculated(rows, "MAX", value.dax)), is_nullable=True
        )

    def _aggregate(self, node: Any, rows: Rows, main: str, scope: dict[str, Any]) -> Value:
        said = self._conditions(scope, main)
        if isinstance(node, exp.Filter):
            kept = tuple(said.true_of(each) for each in conjunction(node.expression.this))
            return self._aggregate(node.this, replace(rows, kept=(*rows.kept, *kept)), main, scope)
        if isinstance(node, exp.Count):
            return Value(self.keep("count", self.calculated(rows, *_counted(node, rows, said))), True)
        function = AGGREGATES.get(type(node))
        if not function or not isinstance(node.this, exp.Column):
            raise Unsaid(node.sql(dialect="databricks"))
        value = said.value(node.this)
        name = f"{function.lower()}_{node.this.name}"
        return Value(self.keep(name, self.calculated(rows, function, value.dax)), True, value.is_instant)

    def _projected(self, tree: Any, rows: Rows, main: str, scope: dict[str, Any]) -> Rows:
        said = self._conditions(scope, main)
        columns = {each.alias_or_name: said.value(each.unalias()) for each in _named(tree)}
        return replace(rows, columns=columns)

    def _conditions(self, scope: dict[str, Any], main: str) -> Conditions:
        return Conditions(self, _scope(scope, main))


class _Lazy(dict[str, Value]):
    """Columns of a single row, each a variable once somebody asks for it."""

    def __init__(self, reading: Reading, rows: Rows, alias: str) -> None:
        super().__init__(rows.columns)
        self.reading, self.rows, self.alias = reading, rows, alias

    def __getitem__(self, name: str) -> Value:
        value = self.rows.columns[name]
        text = self.reading.calculated(self.rows, "MAX", value.dax)
        return replace(value, dax=self.reading.keep(f"{self.alias}_{name}", text), is_nullable=True)


def _scope(scope: dict[str, Any], main: str) -> Scope:
    exists = {name: found.exists for name, found in scope.items() if isinstance(found, Customers)}
    return Scope(main, {name: found.columns for name, found in scope.items()}, exists)


def _named(tree: Any) -> list[Any]:
    """The selected columns."""
    if any(isinstance(each, exp.Star) for each in tree.expressions):
        raise Unsaid("select *")
    return list(tree.expressions)


def _is_key(node: Any) -> bool:
    return isinstance(node, exp.Column) and node.name == "customer_id"


def _counted(node: Any, rows: Rows, said: Conditions) -> tuple[str, str]:
    """The function that counts, and what it counts."""
    if isinstance(node.this, exp.Star):
        return "COUNTROWS", dax_table(rows.table.name)
    if isinstance(node.this, exp.Distinct):
        return "DISTINCTCOUNTNOBLANK", said.value(node.this.expressions[0]).dax
    return "COUNT", said.value(node.this).dax


__all__ = ["Customers", "Reading", "Rows", "Unsaid", "day_of"]
