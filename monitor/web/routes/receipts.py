"""What became of a form whose answer did not arrive."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import JSONResponse, Response

from monitor.model import Role
from monitor.web.forms.receipts import Receipts
from monitor.web.security import Routes, request_context

routes = Routes()


@routes.page("/receipts/{form}", Role.READER)
def form_state(request: Request, form: str) -> Response:
    """Return what became of this user's form, where its answer leads, and for how many seconds receipts are kept."""
    receipts: Receipts = request.app.state.receipts
    receipt = receipts.receipt_of(request_context(request).signed_in_user.id, form)
    return JSONResponse({"state": receipt.state, "location": receipt.location, "kept_for": receipts.kept_for})
