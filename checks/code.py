"""Rules about the Python of the server. Each takes a module as a syntax tree and gives lines and what is wrong with them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

from checks.findings import ROOT, Finding

Said = tuple[int, str]
Rule = Callable[[ast.Module], Iterator[Said]]

_CLIENTS = re.compile(
    r"(requests|urllib3|httpx|aiohttp|pycurl|ftplib|telnetlib|xmlrpc|poplib|imaplib|nntplib|smtplib|socket|asyncio|websockets?"
    r"|http\.client|urllib\.request)(\.|$)"
)
_PROCESSES = re.compile(r"(subprocess|pty|os\.(system|popen|fork|forkpty|(exec|spawn|posix_spawn)\w*))$")
_UNSAFE = re.compile(
    r"(eval|exec|__import__|(pickle|marshal|shelve|dill)\.\w+|yaml\.(load|load_all|unsafe_load|unsafe_load_all|full_load)"
    r"|tempfile\.mktemp|[\w.]*render_template_string|[\w.]*\.from_string|jinja2\.(Template|Environment))$"
)
_SECRET = re.compile(r"(^|_)(token|secret|password|passphrase|digest|signature|seal|sealed|hmac|hash)$")
_PERSONAL = re.compile(
    r"(^|_)(token|secret|password|email|cookies?|body|text|html|reason|note|reflection|answer|code|form|data|headers|subject|to)$"
)
_OF_A_REQUEST = {"endpoint", "method"}
"""What of a request may stand in the log."""

_LOGGERS = {"log", "logger", "logging", "_log"}
_DRIVERS = {"text", "exec_driver_sql", "literal_column", "TextClause"}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or of what is reached from it, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


@lru_cache(1)  # The rules look at one module after the other.
def calls(tree: ast.Module) -> tuple[tuple[ast.Call, str], ...]:
    """Every call, with the name of what is called as the imports make it: `from sqlalchemy import text` gives `sqlalchemy.text`."""
    return tuple(_calls(tree, dict(_imported(tree))))


def _calls(tree: ast.Module, known: dict[str, str]) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = dotted(node.func).partition(".")
            yield node, f"{known.get(first, first)}{dot}{rest}"


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (
                (each.asname or each.name.partition(".")[0], each.name if each.asname else each.name.partition(".")[0])
                for each in node.names
            )
        elif isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)


def _modules(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module, and every name in one, that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


def markup(tree: ast.Module) -> Iterator[Said]:
    """F2: text becomes trusted HTML in one module; elsewhere only words that stand there as they are."""
    for call, name in calls(tree):
        if name.split(".")[-1] == "Markup" and not all(_is_constant(each) for each in call.args):
            yield call.lineno, "Markup() of something that is not written out here"


def sql(tree: ast.Module) -> Iterator[Said]:
    """F3: SQL is built by SQLAlchemy or written out; values are bound."""
    assigned = [(dotted(each), node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign) for each in node.targets]
    constants = {name for name, _ in assigned} - {name for name, value in assigned if not _is_constant(value)} - {""}
    for call, name in calls(tree):
        last = name.split(".")[-1]
        if not call.args or dotted(call.args[0]) in constants:
            continue
        is_raw = last == "exec_driver_sql" or (last in _DRIVERS and name.startswith("sqlalchemy"))
        if is_raw and not _is_constant(call.args[0]):
            yield call.lineno, f"{last}() of SQL that is not written out"
        elif last in ("execute", "executescript", "executemany") and _is_put_together(call.args[0]):
            yield call.lineno, f"{last}() of SQL that is put together"


def outbound(tree: ast.Module) -> Iterator[Said]:
    """F10: the server makes no request."""
    for line, module in _modules(tree):
        if _CLIENTS.match(module):
            yield line, f"imports {module}"


def process(tree: ast.Module) -> Iterator[Said]:
    """G7: the server starts no process and no shell."""
    for line, module in _modules(tree):
        if _PROCESSES.match(module) or module.startswith("subprocess."):
            yield line, f"imports {module}"
    for call, name in calls(tree):
        if _PROCESSES.match(name):
            yield call.lineno, f"calls {name}()"
        if any(each.arg == "shell" and not (isinstance(each.value, ast.Constant) and each.value.value is False) for each in call.keywords):
            yield call.lineno, "starts a shell"


def unsafe(tree: ast.Module) -> Iterator[Said]:
    """F2, F4: no text becomes a program, a template or an object."""
    for call, name in calls(tree):
        if _UNSAFE.match(name):
            yield call.lineno, f"calls {name}()"


def comparison(tree: ast.Module) -> Iterator[Said]:
    """D5, D8: secrets are compared in constant time; columns are compared by the database."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or not any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            continue
        sides = [node.left, *node.comparators]
        is_of_column = any(re.match(r"[A-Z]\w*\.|(\w+\.)*c\.", dotted(each)) for each in sides)
        if any(isinstance(each, ast.Constant) for each in sides) or is_of_column:
            continue
        if any(_SECRET.search(dotted(each).split(".")[-1]) for each in sides):
            yield node.lineno, "compares a secret with ==; use hmac.compare_digest"


def logged(tree: ast.Module) -> Iterator[Said]:
    """H2: the log holds ids and kinds, never what somebody sent, and no traceback, which may hold it."""
    for call, name in calls(tree):
        owner, _, last = name.rpartition(".")
        if owner.split(".")[-1] not in _LOGGERS or last not in ("debug", "info", "warning", "error", "exception", "critical", "log"):
            continue
        if last == "exception" or any(each.arg in ("exc_info", "stack_info") for each in call.keywords):
            yield call.lineno, "logs a traceback"
        for argument in [*call.args, *(each.value for each in call.keywords)]:
            yield from _personal(argument)


def _personal(argument: ast.AST) -> Iterator[Said]:
    for node in ast.walk(argument):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "logs a text that is put together"
        elif isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node)
            first, _, rest = name.partition(".")
            of_request = first == "request" and rest and rest.split(".")[0] not in _OF_A_REQUEST
            if of_request or _PERSONAL.search(name.split(".")[-1]):
                yield node.lineno, f"logs {name}"


def random(tree: ast.Module) -> Iterator[Said]:
    """C2, D5: what must not be guessed comes from `secrets`; `random` is for what may be."""
    for line, module in _modules(tree):
        if module == "random" or (module.startswith("random.") and module != "random.SystemRandom"):
            yield line, f"imports {module}"


def csrf(tree: ast.Module) -> Iterator[Said]:
    """D10: no form and no view is taken out of the check of its token."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(dotted(each).split(".")[-1] in ("csrf", "WTF_CSRF_ENABLED") for each in node.targets):
            if isinstance(node.value, ast.Constant) and node.value.value is False:
                yield node.lineno, "a form without a token"
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                is_off = isinstance(key, ast.Constant) and key.value in ("csrf", "WTF_CSRF_ENABLED")
                if is_off and not (isinstance(value, ast.Constant) and value.value is True):
                    yield node.lineno, "a form that may have no token"
        elif isinstance(node, ast.Attribute) and dotted(node).endswith("csrf.exempt"):
            yield node.lineno, "a view without a token"


def redirects(tree: ast.Module) -> Iterator[Said]:
    """E5: nobody is sent to an address that stood in the request."""
    for call, name in calls(tree):
        if name.split(".")[-1] == "redirect" and call.args and _from_the_request(call.args[0]):
            yield call.lineno, "redirects to what the request says"


def cookies(tree: ast.Module) -> Iterator[Said]:
    """D9: every cookie of ours has all its attributes."""
    for call, _ in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "set_cookie":
            given = {each.arg for each in call.keywords}
            if not {"secure", "httponly", "samesite", "path"} <= given or "domain" in given:
                yield call.lineno, "a cookie without secure, httponly, samesite and path, or with a domain"


def fetched(tree: ast.Module, tables: Collection[str]) -> Iterator[Said]:
    """A4: a row of an organisation is fetched with its organisation, never by its id alone."""
    for call, name in calls(tree):
        owner, _, last = name.rpartition(".")
        if last in ("get", "get_one") and owner.split(".")[-1] == "session" and call.args and dotted(call.args[0]).split(".")[-1] in tables:
            yield call.lineno, f"fetches {dotted(call.args[0])} by its id alone"


def _is_constant(node: ast.AST) -> bool:
    """A text that is written out, in one piece or several."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(node, ast.Constant)


def _is_put_together(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return isinstance(node.func.value, ast.Constant) and node.func.attr in ("format", "join", "replace")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and not _is_constant(node))


def _from_the_request(node: ast.AST) -> bool:
    """Whether this is a value of the request, or a choice with one; what a function made of it is that function's matter."""
    if isinstance(node, ast.Call):
        return dotted(node.func).startswith("request.")
    if isinstance(node, ast.BoolOp | ast.IfExp | ast.JoinedStr | ast.BinOp | ast.FormattedValue | ast.Subscript):
        return any(_from_the_request(each) for each in ast.iter_child_nodes(node))
    return dotted(node).startswith("request.")


RULES: tuple[Rule, ...] = (markup, sql, outbound, process, unsafe, comparison, logged, random, csrf, redirects, cookies)


def tables_of_organisations() -> set[str]:
    """The classes of models with a column `organisation_id`."""
    found = set()
    for path in (ROOT / "ceapp").rglob("models.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                columns = {dotted(each.target) for each in node.body if isinstance(each, ast.AnnAssign)}
                found |= {node.name} if "organisation_id" in columns else set()
    return found


def check_code(source: str, path: str, tables: Collection[str]) -> Iterator[Finding]:
    """Every finding in one module."""
    tree = ast.parse(source)
    for rule in RULES:
        yield from (Finding(path, line, rule.__name__, says) for line, says in rule(tree))
    yield from (Finding(path, line, "fetched", says) for line, says in fetched(tree, tables))
