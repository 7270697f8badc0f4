"""Conditions and values of SQL in DAX. SQL has three truths and DAX two: what is asked is when a condition is true, or false."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from backbeat.errors import UsageError
from backbeat.powerbi.names import dax_text

PARAMETERS = {"p_from": "_first", "p_to": "_last", "p_threshold": "_threshold"}
MIDNIGHTS = {"p_from_at": "_first", "p_to_at": "_last + 1"}
OPPOSITE: dict[Any, str] = {
    exp.GT: "<=", exp.GTE: "<", exp.LT: ">=", exp.LTE: ">", exp.EQ: "<>", exp.NEQ: "=",
}  # fmt: skip
SIGN: dict[Any, str] = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.EQ: "=", exp.NEQ: "<>"}
TURNED: dict[Any, Any] = {exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE}
ARITHMETIC: dict[Any, str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}


class Unsaid(UsageError):
    """SQL that has no DAX here."""


@dataclass(frozen=True)
class Value:
    """A DAX expression. An instant is known by its local day alone, so it can only be compared with midnights."""

    dax: str
    is_nullable: bool = False
    is_instant: bool = False


@dataclass(frozen=True)
class Scope:
    """The columns that can be named, by alias; `exists` says of those joined whether there is a row."""

    main: str
    columns: Mapping[str, Mapping[str, Value]]
    exists: Mapping[str, str]


class Conditions:
    """Says expressions of one scope in DAX; `reading` keeps variables, `aggregate` says what sums and counts are."""

    def __init__(self, reading: Any, scope: Scope, aggregate: Callable[[Any], Value] | None = None) -> None:
        self.reading, self.scope, self.aggregate = reading, scope, aggregate

    def true_of(self, node: Any) -> str:
        """DAX that is true where the condition is true."""
        return self._truth(node, True)

    def false_of(self, node: Any) -> str:
        """DAX that is true where the condition is false; where it is null neither is."""
        return self._truth(node, False)

    def value(self, node: Any) -> Value:
        """A value, a condition's as 1, 0 or blank."""
        if isinstance(node, exp.Paren):
            return self.value(node.this)
        if isinstance(node, (exp.Predicate, exp.And, exp.Or, exp.Not)) and not isinstance(node, exp.Case):
            return Value(f"IF ( {self.true_of(node)}, 1, 0 )")
        for kinds, said in self._kinds():
            if isinstance(node, kinds):
                return said(node)
        raise Unsaid(node.sql(dialect="databricks"))

    def _kinds(self) -> tuple[tuple[Any, Callable[[Any], Value]], ...]:
        return (
            ((exp.AggFunc, exp.Filter), self._aggregated), (exp.Column, self._column), (exp.Placeholder, self._parameter),
            (exp.Literal, _literal), (exp.Boolean, lambda node: Value("TRUE ()" if node.this else "FALSE ()")),
            (exp.Coalesce, self._coalesce), (tuple(ARITHMETIC), self._arithmetic), (exp.Div, self._quotient),
            (exp.Cast, self._cast), (exp.Case, self._case), ((exp.Greatest, exp.Least), self._extreme),
        )  # fmt: skip

    def _truth(self, node: Any, wanted: bool) -> str:
        if isinstance(node, exp.Paren):
            return self._truth(node.this, wanted)
        if isinstance(node, exp.Not):
            return self._truth(node.this, not wanted)
        if isinstance(node, (exp.And, exp.Or)):
            sides = (self._truth(node.left, wanted), self._truth(node.right, wanted))
            return every(*sides) if isinstance(node, exp.And) is wanted else some(*sides)
        return self._simple(node, wanted)

    def _simple(self, node: Any, wanted: bool) -> str:
        if isinstance(node, exp.Is):
            return self._is_null(node, wanted)
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this, expression=node.args["low"])
            return self._truth(
                exp.And(this=low, expression=exp.LTE(this=node.this, expression=node.args["high"])), wanted
            )
        if isinstance(node, exp.In) and node.expressions:
            each = [exp.EQ(this=node.this, expression=item) for item in node.expressions]
            return self._truth(exp.or_(*each), wanted)
        if type(node) in SIGN:
            return self._compared(node, wanted)
        value = self.value(node)
        return f"{value.dax} = {'TRUE' if wanted else 'FALSE'} ()"

    def _is_null(self, node: Any, wanted: bool) -> str:
        if not isinstance(node.expression, exp.Null):
            return self._truth(node.this, bool(node.expression.this) is wanted)
        column = node.this
        if isinstance(column, exp.Column) and column.name == "customer_id" and column.table in self.scope.exists:
            exists = self.scope.exists[column.table]
            return negated(exists) if wanted else exists
        blank = f"ISBLANK ( {self.value(column).dax} )"
        return blank if wanted else f"NOT ( {blank} )"

    def _compared(self, node: Any, wanted: bool) -> str:
        left, right, kind = node.left, node.right, type(node)
        if _midnight(left):
            left, right, kind = right, left, TURNED.get(kind, kind)
        sign = SIGN[kind] if wanted else OPPOSITE[kind]
        if _midnight(right):
            value = self.value(left)
            if not value.is_instant or sign not in ("<", ">="):
                raise Unsaid(f"{node.sql(dialect='databricks')}: whole days can't tell")
            return guarded(f"{value.dax} {sign} {_midnight(right)}", value)
        sides = self.value(left), self.value(right)
        if any(side.is_instant for side in sides):
            raise Unsaid(f"{node.sql(dialect='databricks')}: a star table knows the day alone")
        return guarded(f"{sides[0].dax} {sign} {sides[1].dax}", *(() if _needs_no_guard(sides, sign) else sides))

    def _aggregated(self, node: Any) -> Value:
        if not self.aggregate:
            raise Unsaid(node.sql(dialect="databricks"))
        return self.aggregate(node)

    def _column(self, node: Any) -> Value:
        places = [node.table] if node.table else [self.scope.main, *self.scope.columns]
        for place in places:
            if node.name in self.scope.columns.get(place, {}):
                return self.scope.columns[place][node.name]
        raise Unsaid(f"{node.sql(dialect='databricks')}, which no star table has")

    def _parameter(self, node: Any) -> Value:
        if node.name not in PARAMETERS:
            raise Unsaid(f":{node.name.removeprefix('p_')}")
        return Value(PARAMETERS[node.name])

    def _coalesce(self, node: Any) -> Value:
        values = [self.value(each) for each in (node.this, *node.expressions)]
        return Value(f"COALESCE ( {', '.join(value.dax for value in values)} )", all(v.is_nullable for v in values))

    def _arithmetic(self, node: Any) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        blank = left.is_nullable or right.is_nullable
        return Value(f"( {left.dax} {ARITHMETIC[type(node)]} {right.dax} )", blank)

    def _quotient(self, node: Any) -> Value:
        return Value(f"DIVIDE ( {self.value(node.left).dax}, {self.value(node.right).dax} )", True)

    def _cast(self, node: Any) -> Value:
        zoned = node.find(exp.ConvertTimezone)
        if zoned and node.to.is_type("date"):
            inner = next(self.value(each) for each in zoned.find_all(exp.Column))
            return day_of(inner)
        if not node.to.is_type("bigint", "int", "double", "date"):
            raise Unsaid(node.sql(dialect="databricks"))
        return self.value(node.this)

    def _case(self, node: Any) -> Value:
        last = node.args.get("default")
        text = self.value(last).dax if last and not isinstance(last, exp.Null) else "BLANK ()"
        for branch in reversed(node.args["ifs"]):
            text = f"IF ( {self.true_of(branch.this)}, {self.value(branch.args['true']).dax}, {text} )"
        return Value(text, True)

    def _extreme(self, node: Any) -> Value:
        """SQL passes nulls over here, DAX takes them for 0."""
        values = [self.value(each) for each in (node.this, *node.expressions)]
        if len(values) != 2 or any(value.is_instant for value in values):
            raise Unsaid(node.sql(dialect="databricks"))
        (a, b), sign = values, ">" if isinstance(node, exp.Greatest) else "<"
        return Value(
            f"IF ( ISBLANK ( {b.dax} ) || NOT ( ISBLANK ( {a.dax} ) ) && {a.dax} {sign} {b.dax}, {a.dax}, {b.dax} )",
            True,
        )


def day_of(value: Value) -> Value:
    """The local day of an instant."""
    return Value(value.dax, value.is_nullable)


def every(*conditions: str) -> str:
    """All of them."""
    wanted = list(dict.fromkeys(each for each in conditions if each != "TRUE ()"))
    if len(wanted) == 1:
        return wanted[0]
    return " && ".join(f"( {each} )" if " || " in each else each for each in wanted) or "TRUE ()"


def some(*conditions: str) -> str:
    """One of them at least."""
    if "TRUE ()" in conditions:
        return "TRUE ()"
    return " || ".join(f"( {each} )" if " && " in each else each for each in conditions)


def negated(condition: str) -> str:
    """The contrary of a condition that is never blank."""
    return {"TRUE ()": "FALSE ()", "FALSE ()": "TRUE ()"}.get(condition, f"NOT ( {condition} )")


def guarded(comparison: str, *values: Value) -> str:
    """A comparison that blanks fail, which DAX takes for 0."""
    return every(*(f"NOT ( ISBLANK ( {value.dax} ) )" for value in values if value.is_nullable), comparison)


def _needs_no_guard(sides: tuple[Value, Value], sign: str) -> bool:
    """A blank is no more than 0 and no more than a threshold either, and it is no text."""
    one, other = sides
    if other.is_nullable:
        return False
    is_positive = other.dax == "_threshold" or (other.dax.isdigit() and int(other.dax) > 0)
    is_text = sign == "=" and other.dax.startswith('"') and other.dax != '""'
    return (
        is_text
        or (sign == ">" and (is_positive or other.dax == "0"))
        or (sign == ">=" and is_positive)
        or not one.is_nullable
    )


def _literal(node: Any) -> Value:
    return Value(dax_text(node.this) if node.is_string else str(node.this))


def _midnight(node: Any) -> str | None:
    return MIDNIGHTS.get(node.name) if isinstance(node, exp.Placeholder) else None
