"""Files from a model hub: pinned, resumed where a download stopped, checked before they get their name.

huggingface_hub (2.x) starts an interrupted file again from its first byte and takes its endpoint from the time of
import, so the two requests that are needed are made here; tokens are still found by it (HF_TOKEN, `hf auth login`).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from ..errors import ArtError, CannotWrite, LicenceRequired, TryAgain, Unavailable, UsageError, Where

PUBLIC = "https://huggingface.co"
CHUNK = 1 << 20
TIMEOUT = 20  # seconds without a byte
Report = Callable[[int, int], None]  # bytes there, bytes in all


def hub_url() -> str:
    """Where the hub is: ART_HUB_URL, else HF_ENDPOINT, else the public one. Raises UsageError for another scheme."""
    url = (os.environ.get("ART_HUB_URL") or os.environ.get("HF_ENDPOINT") or PUBLIC).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise UsageError(
            f"the hub's address has to start with https:// or http://, not {url!r}", hint="set ART_HUB_URL"
        )
    return url


def offline() -> str:
    """The variable that forbids the network, or nothing."""
    switched = ("ART_OFFLINE", "HF_HUB_OFFLINE")
    return next((name for name in switched if os.environ.get(name, "").lower() in ("1", "true", "yes", "on")), "")


def tree(repo: str, revision: str) -> tuple[str, list[dict[str, Any]]]:
    """(commit, files) of a repository as the hub lists them: `rfilename`, `size`, `lfs.sha256`."""
    url = f"{hub_url()}/api/models/{quote(repo)}/revision/{quote(revision, safe='')}?blobs=true"
    with _opened(url, {}) as answer:
        try:
            listed = json.loads(answer.read())
            return str(listed["sha"]), list(listed["siblings"])
        except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException) as error:
            raise Unavailable(f"{hub_url()} does not answer like a hub", hint="check ART_HUB_URL") from error


def download(repo: str, revision: str, name: str, target: Path, size: int, sha256: str, report: Report) -> None:
    """Bring one file to `target`. What is there already of `target`.part is kept and the rest asked for.

    Raises Unavailable, LicenceRequired, TryAgain (the part stays), CannotWrite. Nothing unchecked is named `target`.
    """
    url = f"{hub_url()}/{quote(repo)}/resolve/{quote(revision, safe='')}/{quote(name)}"
    part = target.with_name(target.name + ".part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        if have > size:
            part.unlink()
            have = 0
        _check_space(part.parent, size - have)
        if have < size:
            _append(url, part, have, size, report)
        _finish(part, target, size, sha256, url)
    except OSError as error:
        raise CannotWrite(
            f"cannot be written: {error.strerror or error}", hint="set ART_MODELS to another folder", where=Where(part)
        ) from error


def _append(url: str, part: Path, have: int, size: int, report: Report) -> None:
    with _opened(url, {"Range": f"bytes={have}-"} if have else {}) as answer:
        resumed = have and answer.status == http.client.PARTIAL_CONTENT
        have = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while have <= size and (chunk := _chunk(answer, url)):
                file.write(chunk)
                have += len(chunk)
                report(have, size)
            file.flush()
            os.fsync(file.fileno())


def _chunk(answer: http.client.HTTPResponse, url: str) -> bytes:
    """Up to a MiB of what arrived; a line that breaks is a passing fault, not one of the disk."""
    try:
        return answer.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _broken(url) from error


def _finish(part: Path, target: Path, size: int, sha256: str, url: str) -> None:
    if part.stat().st_size < size:
        raise _broken(url)
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        part.unlink()
        raise Unavailable(
            f"{url} is not the file that was pinned (sha256 {found[:16]}..., not {sha256[:16]}...): thrown away",
            hint="pull again; when it stays so, the mirror or the line changes files: set ART_HUB_URL to another",
        )
    os.replace(part, target)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotWrite(
            f"{needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free",
            hint="free space, or set ART_MODELS to a folder on another disk",
            where=Where(folder),
        )


def _opened(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    switch = offline()
    if switch:
        raise Unavailable(f"{switch} is set, so nothing is downloaded", hint=f"unset {switch}, or `art models import`")
    request = Request(url, headers={"User-Agent": "art", "Accept-Encoding": "identity", **headers})
    token = _token()
    if token:  # not sent on to where the hub redirects: storage of others
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        answer: http.client.HTTPResponse = urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        raise _refused(error, url) from error
    except (URLError, OSError, http.client.HTTPException) as error:
        hint = "check the network, or set ART_HUB_URL to a mirror"
        raise Unavailable(f"{url} cannot be reached: {getattr(error, 'reason', error)}", hint=hint) from error
    return answer


def _token() -> str | None:
    from huggingface_hub import get_token

    return get_token()


def _refused(error: HTTPError, url: str) -> ArtError:
    """What the hub's status and X-Error-Code mean for a person."""
    gated = error.headers.get("X-Error-Code") == "GatedRepo"
    if error.code in (401, 403) and gated:
        hint = "accept it on the model's page, then give your token: set HF_TOKEN, or `hf auth login`"
        return LicenceRequired(f"the licence of {url} has to be accepted first", hint=hint)
    if error.code in (401, 403, 404, 410):
        hint = "check name and revision; private ones need a token: set HF_TOKEN, or `hf auth login`"
        return Unavailable(f"{url} is not there, or not open to you (status {error.code})", hint=hint)
    if error.code == 429 or error.code >= 500:
        return TryAgain(f"{url} answered with status {error.code}", hint="wait a little and run the same command again")
    return Unavailable(f"{url} answered with status {error.code}", hint="check ART_HUB_URL")


def _broken(url: str) -> TryAgain:
    return TryAgain(f"the line broke while {url} came in", hint="run the same command again: it goes on from there")
