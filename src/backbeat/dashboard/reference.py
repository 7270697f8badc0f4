"""The API's OpenAPI description as a page: what can be asked, with what, and what comes back."""

from collections.abc import Mapping
from typing import Any


def page(openapi: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows: each address with its parameters and answers."""
    return {
        "title": openapi["info"]["title"],
        "about": openapi["info"]["description"],
        "addresses": [*_addresses(openapi)],
    }


def _addresses(openapi: Mapping[str, Any]) -> Any:
    for path, methods in openapi["paths"].items():
        for method, told in methods.items():
            parameters = [_parameter(parameter) for parameter in told.get("parameters", [])]
            yield {
                "path": path,
                "method": method.upper(),
                "parameters": parameters,
                **_texts(told),
                "kinds": _kinds(told),
            }


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {"summary": told.get("summary", ""), "description": told.get("description", "")}


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    schema = parameter.get("schema", {})
    options = schema.get("anyOf", [schema])
    kinds = [_kind(option) for option in options if option.get("type") != "null"]
    told = parameter.get("description") or schema.get("description", "")
    default = schema.get("default")
    return {
        "name": parameter["name"],
        "kind": " or ".join(kinds),
        "told": told,
        "default": default,
        "required": parameter.get("required", False),
    }


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"{_kind(schema.get('items', {}))}, again for more"
    return "day" if schema.get("format") == "date" else str(schema.get("type", "text")).replace("string", "text")


def _kinds(told: Mapping[str, Any]) -> str:
    return ", ".join(told["responses"].get("200", {}).get("content", {}))
