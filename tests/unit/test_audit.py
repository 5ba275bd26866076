"""What the databases of known weaknesses say, and that silence is not taken for health."""

import pytest

from tests.audit import Unreachable, npm_weaknesses, python_weaknesses


def test_each_weakness_is_told_with_what_mends_it() -> None:
    weak = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    packages = [
        {"name": "h2", "version": "1.0", "vulns": [weak]},
        {"name": "ok", "version": "1", "vulns": []},
    ]
    assert ["h2 1.0: PYSEC-1, mended by 2.0"] == python_weaknesses({"dependencies": packages})
    found = {"vulnerabilities": {"vite": {"range": "<8", "severity": "high"}}}
    assert ["vite <8: high"] == npm_weaknesses(found)


@pytest.mark.parametrize("answer", [{}, {"dependencies": [{"name": "h2", "skip_reason": "Not found"}]}])
def test_where_no_package_could_be_looked_up_nothing_is_known(answer: dict[str, object]) -> None:
    with pytest.raises(Unreachable):
        python_weaknesses(answer)


def test_a_registry_that_takes_no_such_question_has_not_answered() -> None:
    with pytest.raises(Unreachable, match="405"):
        npm_weaknesses({"message": "405 Method Not Allowed"})
