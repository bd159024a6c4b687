"""I/O: webhooks. One signed POST of JSON for each delivery, as the Standard Webhooks specification 1.0 has it."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from typing import Self
from urllib.parse import urlsplit

from monitor.config import Settings
from monitor.errors import DeliveryError, FetchError, FetchReason, InputError
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.model import Delivery

_PREFIX = "whsec_"  # of a secret in Base64


def build(settings: Settings) -> WebhookChannel:
    """Return the channel with the secret and the limits of the settings. Raises InputError."""
    policy = FetchPolicy(
        allow_hosts=settings.allow_hosts,
        # A longer gap is for reading sites; the receiver of an alert waits a second at most.
        host_gap=min(settings.host_gap, 1.0),
        user_agent=settings.user_agent,
        proxy=settings.proxy,
    )
    return WebhookChannel(policy, _secret_bytes(settings.secret("webhook_secret")))


class WebhookChannel:
    """The channel of webhooks: a program receives events and answers with a 2xx. Our fetcher guards the addresses."""

    endpoint, contact = "webhooks", ""

    def __init__(self, policy: FetchPolicy, secret: bytes) -> None:
        self._policy, self._secret = policy, secret
        self._errors: dict[str, str] = {}  # address -> why it failed: it is not asked again in this session

    def external_id(self, name: str) -> str:
        """Return the event's id; a receiver that has it already drops the event."""
        return f"msg_{name}"

    async def __aenter__(self) -> Self:
        self._web = WebFetcher(self._policy)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._web.__aexit__(*error)

    async def check(self) -> str:
        """Return a sentence: a webhook cannot be tried without an event."""
        return "events are signed; `monitor deliver test` sends one"

    async def send(self, delivery: Delivery) -> None:
        """Send an event; return when the receiver has answered with a 2xx. Raises DeliveryError."""
        url, host = delivery.recipient, urlsplit(delivery.recipient).netloc
        if known_error := self._errors.get(url):
            raise DeliveryError(known_error)
        body = event_body(delivery)
        # The time of sending, not of composing: receivers refuse old signatures, against replays.
        headers = sign(self._secret, delivery.external_id, int(time.time()), body)
        try:
            status, _ = await self._web.post(url, body, headers | {"Content-Type": "application/json"})
        except FetchError as error:
            self._errors[url] = f"{host} did not take the event: {error.detail}"
            is_temporary = error.reason is not FetchReason.FORBIDDEN_ADDRESS
            raise DeliveryError(self._errors[url], is_temporary=is_temporary) from error
        if not 200 <= status < 300:
            self._errors[url] = f"{host} did not take the event (status {status})"
            raise DeliveryError(self._errors[url], is_temporary=status != 410)  # 410: it asks for no more


def event_body(delivery: Delivery) -> bytes:
    """Return the JSON of an event, the same bytes on each call."""
    rendering = delivery.rendering
    event = {
        "type": delivery.kind.value,
        "timestamp": f"{delivery.date:%Y-%m-%dT%H:%M:%SZ}",
        "id": delivery.external_id,
        "subject": rendering.subject,
        # For a channel of programs (`MessageForm.JSON`) the text is JSON already.
        "data": json.loads(rendering.text),
    }
    return json.dumps(event, ensure_ascii=False).encode()


def sign(secret: bytes, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove who sent the body, and when: HMAC-SHA256 over id, timestamp and body."""
    digest = hmac.digest(secret, b"%s.%d.%s" % (event_id.encode(), timestamp, body), "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": event_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def _secret_bytes(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise InputError("MONITOR_WEBHOOK_SECRET: what follows whsec_ is not Base64; make a new secret") from None
