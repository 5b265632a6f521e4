"""Acts of a framework that nobody can take back ask anew who acts."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.frameworks import open_routes, order_routes, routes, second_routes
from evaluations.admission import routes as admission_routes

STAY = [
    routes.do_sign_agreement, routes.do_remove, open_routes.do_leave, order_routes.do_order,
    second_routes.do_decide, admission_routes.do_determine, admission_routes.do_publish_admission,
]  # fmt: skip


@pytest.mark.parametrize("act", STAY, ids=lambda act: act.fn.__name__)
def test_what_binds_for_good_asks_for_a_fresh_proof(act: Any) -> None:
    assert act.opt["irreversible"] is True


def test_what_can_be_put_right_does_not() -> None:
    assert "irreversible" not in routes.do_file.opt
