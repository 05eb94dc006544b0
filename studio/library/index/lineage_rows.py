"""Which picture begot which, in the rows of the history."""

from __future__ import annotations

from studio.library.index.index import Index
from studio.library.picture import ParentRole, Picture


class LineageRows:
    """Blocking, and safe to use from any thread. Every method may raise StorageError."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def parents_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that begot this one, as far as they are here, in the record's order."""
        found = []
        for parent in picture.record.parents:
            is_branch = parent.role is ParentRole.BRANCH
            find = self._index.made_by if is_branch else self._index.find
            begetter = find(parent.digest)
            if begetter is not None and begetter.id != picture.id:
                found.append((parent.role, begetter))
        return found

    def children_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that this one begot, oldest first."""
        request_digest = "" if picture.request is None else picture.request.digest
        begotten: dict[ParentRole, list[Picture]] = {
            role: self._index.select(
                "pictures.present AND pictures.id <> ? AND pictures.id IN"
                " (SELECT picture_id FROM parents WHERE digest = ? AND role = ?)",
                (
                    picture.id,
                    request_digest if role is ParentRole.BRANCH else picture.pixel_digest,
                    role,
                ),
            )
            for role in ParentRole
        }
        pairs = [(role, child) for role, children in begotten.items() for child in children]
        return sorted(pairs, key=lambda pair: (pair[1].created, pair[1].id))
