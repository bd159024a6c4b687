"""Pure. Names of watched people and bodies in the reader's language, in place of the listed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.model import DigestInput, Entity, ReviewItem


def with_local_names(
    digest_input: DigestInput, local_names: Mapping[str, str], entities: Sequence[Entity]
) -> DigestInput:
    """Return the digest input with names by entity id; the others stay as they are listed.

    Redact the input first: redaction looks for names as they are listed.
    """
    if not local_names:
        return digest_input
    counted_names = {entity.name: local_names.get(entity.id, entity.name) for entity in entities}
    return replace(
        digest_input,
        items=tuple(_renamed(item, local_names) for item in digest_input.items),
        counted={counted_names.get(name, name): count for name, count in digest_input.counted.items()},
    )


def _renamed(item: ReviewItem, local_names: Mapping[str, str]) -> ReviewItem:
    return replace(item, hits=tuple(replace(hit, name=local_names.get(hit.entity, hit.name)) for hit in item.hits))
